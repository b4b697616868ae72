// SPDX-License-Identifier: Apache-2.0

/** What an address says after its question mark, all as text: `?q=900` is a text, not a number. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === "string" && value !== "") {
      params.set(name, value);
    }
  }
  return params.size > 0 ? `?${params}` : "";
}

/** Keeps the named parameters and drops what an address should not hold. */
export function only<Name extends string>(names: readonly Name[]) {
  return (search: Record<string, unknown>): Partial<Record<Name, string>> => {
    const kept: Partial<Record<Name, string>> = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === "string" && value !== "") {
        kept[name] = value;
      }
    }
    return kept;
  };
}
