// SPDX-License-Identifier: Apache-2.0

import { expect, it } from "vitest";
import { bestLanguage } from "./language";

it.each([
  [["vi-VN", "en"], "vi"],
  [["pt-PT"], "pt-BR"], // better understood than English
  [["PT-br", "vi"], "pt-BR"],
  [["de", "fr", "vi"], "vi"],
  [["en-GB", "vi"], "en"],
  [["de"], "en"],
  [["vietnam"], "en"],
  [[], "en"],
])("%j is answered in %s", (wanted, language) => expect(bestLanguage(wanted)).toBe(language));
