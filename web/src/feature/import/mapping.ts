// SPDX-License-Identifier: Apache-2.0

/** Fields that make a contact of a row without any other. */
const telling = new Set(["firstName", "lastName", "name", "phone", "number", "email"]);

/** Whether contacts can come of rows whose columns say this. */
export function tells(mapping: readonly string[]): boolean {
  return mapping.some((field) => telling.has(field));
}

/** The columns that say what another one before them says already. Only a further number may be said twice. */
export function clashes(mapping: readonly string[]): ReadonlySet<number> {
  const seen = new Set<string>();
  const twice = new Set<number>();
  for (const [column, field] of mapping.entries()) {
    if (field !== "" && field !== "number" && seen.has(field)) {
      twice.add(column);
    }
    seen.add(field);
  }
  return twice;
}
