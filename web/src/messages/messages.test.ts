// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import en from "./en.json";

const here = new URL("..", import.meta.url);
const source = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".test.ts"))
  .map((name) => readFileSync(new URL(name, here), "utf8"))
  .join("\n");

function keysOf(messages: object, path: readonly string[] = []): string[] {
  return Object.entries(messages).flatMap(([name, value]) =>
    typeof value === "object" ? keysOf(value, [...path, name]) : [[...path, name].join(".")],
  );
}

// Keys that are put together when needed: t(`look.${state}`).
const patterns = [...source.matchAll(/\bt\(\s*`([^`]+)`/g)].map(([, template = ""]) => {
  const parts = template.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`);
});

// A text that no screen shows is still translated, for nothing.
it("holds no text that nothing uses", () => {
  const unused = keysOf(en).filter((key) => {
    const plain = key.replace(/_(one|other)$/, "");
    return !source.includes(`"${plain}"`) && !patterns.some((pattern) => pattern.test(plain));
  });
  expect(unused).toEqual([]);
});

it("has both plural forms where it has one", () => {
  const keys = new Set(keysOf(en));
  const lonely = [...keys].filter(
    (key) =>
      (key.endsWith("_one") && !keys.has(key.replace(/_one$/, "_other"))) ||
      (key.endsWith("_other") && !keys.has(key.replace(/_other$/, "_one"))),
  );
  expect(lonely).toEqual([]);
});
