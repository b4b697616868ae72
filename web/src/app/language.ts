// SPDX-License-Identifier: Apache-2.0

/** The languages there are texts in, by what their speakers call them. */
export const languages = { en: "English", vi: "Tiếng Việt", "pt-BR": "Português (Brasil)" } as const;
export type Language = keyof typeof languages;

export const languageIds = Object.keys(languages) as Language[];

const key = "tandem.language";

/** The first of the wanted languages that there are texts in, whatever country it is spoken in. */
export function bestLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0];
    const known = languageIds.find((id) => id.toLowerCase().split("-")[0] === base);
    if (known) {
      return known;
    }
  }
  return "en";
}

/** What was chosen on this machine; the browser's wish until then. */
export function chosenLanguage(): Language {
  const kept = localStorage.getItem(key);
  return languageIds.find((id) => id === kept) ?? bestLanguage(navigator.languages);
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(key, language);
}
