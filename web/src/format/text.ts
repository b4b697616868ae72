// SPDX-License-Identifier: Apache-2.0

/** How a text is compared in a search: no case, no accents. */
export function folded(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();
}

export function digits(text: string): string {
  return text.replace(/\D/g, "");
}

/** JSON set out in lines; anything else as it came. */
export function pretty(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

/** A number of bytes with a unit. */
export function bytes(n: number, locale: string): string {
  const kilo = n >= 1000;
  const figure = (kilo ? n / 1000 : n).toLocaleString(locale, { maximumFractionDigits: 1 });
  return kilo ? `${figure} kB` : `${figure} B`;
}

/** A text in lower-case letters, digits and hyphens, for addresses. */
export function slugOf(name: string): string {
  return folded(name)
    .replace(/đ/g, "d")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
