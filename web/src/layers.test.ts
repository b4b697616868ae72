// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

// A folder imports from itself and from what stands before it, never from what comes after.
const order = ["messages", "api", "format", "feed", "ui", "decision", "feature", "app"];

const here = new URL(".", import.meta.url).pathname;
const files = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(here, file), "utf8");
  return [...text.matchAll(/from "((?:@|\.{1,2})\/[^"]+)"|import\("((?:@|\.{1,2})\/[^"]+)"\)/g)]
    .map(([, fixed = "", lazy = ""]) => fixed || lazy)
    .map((to) => (to.startsWith("@/") ? to.slice(2) : path.join(path.dirname(file), to)));
}

it("has enough files to say something", () => expect(files.length).toBeGreaterThan(60));

it("imports downwards only, and no feature knows another", () => {
  const wrong = files
    .filter((file) => file.includes("/") && !file.endsWith(".test.ts"))
    .flatMap((file) => importsOf(file).map((to) => ({ file, to })))
    .filter(({ file, to }) => {
      const [from = "", own] = file.split("/");
      const [target = "", theirs] = to.split("/");
      const upwards = order.indexOf(target) > order.indexOf(from);
      return upwards || (from === "feature" && target === "feature" && own !== theirs);
    })
    .map(({ file, to }) => `${file} may not import ${to}`);
  expect(wrong).toEqual([]);
});
