// SPDX-License-Identifier: Apache-2.0

import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { sayProblemsBy } from "@/api/problem";
import en from "@/messages/en.json";
import { chosenLanguage, type Language, rememberLanguage } from "./language";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

// English is there at once, so that there are always words; another language is fetched when it is wanted.
const others: Record<Exclude<Language, "en">, () => Promise<{ default: object }>> = {
  vi: () => import("@/messages/vi.json"),
  "pt-BR": () => import("@/messages/pt-BR.json"),
};

/** Makes the texts of the reader's language ready. */
export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  sayProblemsBy((code) => {
    // What the server says is English, and says as much or more. Which codes there are it knows alone.
    const key = `problem.${code}`;
    return i18next.language !== "en" && i18next.exists(key)
      ? i18next.t(`problem.${code}` as never)
      : undefined;
  });
  // Without its texts the page is English; that is better than no page.
  await speak(chosenLanguage()).catch(() => {});
}

/** Changes to a language and keeps the choice on this machine. */
export async function chooseLanguage(language: Language): Promise<void> {
  await speak(language);
  rememberLanguage(language);
}

async function speak(language: Language): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "translation")) {
    const messages = await others[language]();
    i18next.addResourceBundle(language, "translation", messages.default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
