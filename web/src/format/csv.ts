// SPDX-License-Identifier: Apache-2.0

export type Cell = string | number;

// What a spreadsheet takes for a formula when a text begins with it. Names and call ids come from outside.
const formula = /^[=+\-@\t\r\n|]/;
const plainNumber = /^[+-]?\d+(\.\d+)?$/;

function cell(value: Cell): string {
  const text = String(value);
  const guarded = formula.test(text) && !plainNumber.test(text) ? `'${text}` : text;
  return /[",\r\n']|^\s|\s$/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** Rows as a spreadsheet reads them (RFC 4180), with the mark that tells it the text is UTF-8. */
export function csv(rows: readonly (readonly Cell[])[]): string {
  return `\uFEFF${rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("")}`;
}
