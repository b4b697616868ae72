// SPDX-License-Identifier: Apache-2.0

import i18next from "i18next";
import { beforeAll, expect, it } from "vitest";
import en from "@/messages/en.json";
import { decisionOf } from "./decision";
import { callerWords, destinationWords, reasons, rejections } from "./words";

beforeAll(() =>
  i18next.init({ lng: "en", resources: { en: { translation: en } }, interpolation: { escapeValue: false } }),
);

const decision = {
  destination: "901",
  callerKnown: true,
  contactName: "Ana",
  matched: [
    { condition: "caller", value: "new" },
    { condition: "hours", value: "Mon 10:00" },
  ],
  rejected: [{ rule: "Known callers", condition: "caller", expected: "known", actual: "new" }],
};

// A decision must be readable by someone who has never seen the rules' inside.
it("says why a rule applied and why the others did not", () => {
  const { t } = i18next;
  expect(reasons(t, decision)).toEqual(["the caller is new", "opening hours is Mon 10:00"]);
  expect(rejections(t, decision)).toEqual(["Known callers: caller is new, wanted known"]);
  expect(callerWords(t, decision)).toBe("The caller is known as Ana");
  expect(callerWords(t, { withheld: true })).toBe("The caller withholds the number");
  expect(destinationWords(t, decision, new Map([["901", "New callers"]]))).toBe("Send to 901 New callers");
});

it("does not fail on words it does not know, or on none", () => {
  const { t } = i18next;
  const odd = { matched: [{ condition: "moon", value: "full" }], rejected: null };
  expect(reasons(t, odd)).toEqual(["moon is full"]);
  expect(rejections(t, odd)).toEqual([]);
  expect(destinationWords(t, odd, new Map())).toContain("No rule");
});

it("reads what the log wrote", () => {
  const stored = {
    destination: "900",
    caller_known: true,
    contact_name: "Ana",
    rule_version: 4,
    took_micros: 410,
    rule: null,
  };
  expect(decisionOf(stored)).toEqual({
    destination: "900",
    callerKnown: true,
    contactName: "Ana",
    ruleVersion: 4,
    tookMicros: 410,
    rule: null,
  });
  expect(decisionOf(null)).toEqual({});
});
