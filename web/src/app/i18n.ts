// SPDX-License-Identifier: Apache-2.0

import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "@/messages/en.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

/** Makes the texts ready; there is nothing to wait for, they are part of the program. */
export function startTexts(): void {
  void i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
    initAsync: false,
  });
}
