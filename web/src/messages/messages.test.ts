// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import ptBR from "./pt-BR.json";
import vi from "./vi.json";

const here = new URL("..", import.meta.url);
const source = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".test.ts"))
  .map((name) => readFileSync(new URL(name, here), "utf8"))
  .join("\n");

function textsOf(messages: object, path: readonly string[] = []): [string, string][] {
  return Object.entries(messages).flatMap(([name, value]) =>
    typeof value === "object" ? textsOf(value, [...path, name]) : [[[...path, name].join("."), value]],
  );
}

// Not zero, two or few: none of the languages here has them.
const plural = /_(one|many|other)$/;
const plain = (key: string) => key.replace(plural, "");
const texts = { en: new Map(textsOf(en)), vi: new Map(textsOf(vi)), "pt-BR": new Map(textsOf(ptBR)) };
const counted = new Set([...texts.en.keys()].filter((key) => key.endsWith("_one")).map(plain));

// Keys that are put together when needed: t(`look.${state}`).
const patterns = [...source.matchAll(/\bt\(\s*`([^`]+)`/g)].map(([, template = ""]) => {
  const parts = template.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`);
});

// A text that no screen shows is still translated, for nothing.
it("holds no text that nothing uses", () => {
  const unused = [...texts.en.keys()]
    .map(plain)
    .filter((key) => !source.includes(`"${key}"`) && !patterns.some((pattern) => pattern.test(key)));
  expect(unused).toEqual([]);
});

/** The keys a language must have: those of English, with the plural forms that the language itself has. */
function keysFor(language: string): string[] {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const keys = [...new Set([...texts.en.keys()].map(plain))];
  return keys.flatMap((key) => (counted.has(key) ? forms.map((form) => `${key}_${form}`) : [key])).sort();
}

const placeholders = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort();

// What is right to be the same in two languages; anything else that is the same was forgotten.
const same: Readonly<Record<"vi" | "pt-BR", ReadonlySet<string>>> = {
  vi: new Set(["product", "frame.title", "contacts.cpf", "import.field_cpf"]),
  "pt-BR": new Set(["product", "frame.title", "contacts.cpf", "import.field_cpf"]),
};

describe.each(["en", "vi", "pt-BR"] as const)("%s", (language) => {
  it("has every text, in every plural form of the language, and no other", () => {
    expect([...texts[language].keys()].sort()).toEqual(keysFor(language));
  });

  it("fills in what English fills in", () => {
    const wrong = [...texts[language]].filter(([key, text]) => {
      const model = texts.en.get(key) ?? texts.en.get(`${plain(key)}_other`) ?? "";
      return placeholders(text).join() !== placeholders(model).join();
    });
    expect(wrong).toEqual([]);
  });

  it("has no empty text and none with space around it", () => {
    expect([...texts[language]].filter(([, text]) => text === "" || text.trim() !== text)).toEqual([]);
  });
});

describe.each(["vi", "pt-BR"] as const)("%s", (language) => {
  it("has nothing left in English", () => {
    const left = [...texts[language]].filter(([key, text]) => {
      const words = text.replace(/\{\{\w+\}\}/g, "");
      return /\p{L}/u.test(words) && text === texts.en.get(key) && !same[language].has(key);
    });
    expect(left).toEqual([]);
  });
});
