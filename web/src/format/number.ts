// SPDX-License-Identifier: Apache-2.0

const formats = new Map<string, Intl.NumberFormat>();

/** A whole number as the reader's language groups it: 12,873. */
export function figure(n: number, locale: string): string {
  let format = formats.get(locale);
  if (!format) {
    format = new Intl.NumberFormat(locale);
    formats.set(locale, format);
  }
  return format.format(n);
}
