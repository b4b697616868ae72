// SPDX-License-Identifier: Apache-2.0

import { expect, it } from "vitest";
import { draftOf, moved, newRule, rulesOf, sameRules } from "./draft";

const known = {
  id: "1",
  name: "Known",
  enabled: true,
  when: { caller: "known" as const },
  destination: "900",
};
const rest = {
  id: "2",
  name: "Rest",
  enabled: true,
  when: { caller: "any" as const, group: "", hours: null },
  destination: "901",
};

// "Unsaved" must not be said of rules that only look different to a computer.
it("knows an empty condition from a change", () => {
  expect(sameRules([known, rest], draftOf([known, { ...rest, when: { expression: "" } }]))).toBe(true);
  expect(sameRules([known, rest], draftOf([rest, known]))).toBe(false);
  expect(sameRules([known], [{ ...known, enabled: false }])).toBe(false);
});

it("gives a rule that is new no id", () => {
  expect(rulesOf([newRule()])[0]).not.toHaveProperty("id");
  expect(rulesOf([newRule()])[0]).not.toHaveProperty("key");
});

it.each([
  [0, 2, "bca"],
  [2, 0, "cab"],
  [1, 9, "acb"],
  [1, -4, "bac"],
  [1, 1, "abc"],
  [7, 0, "abc"],
])("moves from %i to %i", (from, to, expected) =>
  expect(moved([..."abc"], from, to).join("")).toBe(expected),
);
