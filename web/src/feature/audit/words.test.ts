// SPDX-License-Identifier: Apache-2.0

import { expect, it } from "vitest";
import type { AuditEntry } from "@/api/people";
import { objectName } from "./words";

const entry = (object: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  id: "1",
  at: "2026-01-02T03:04:05Z",
  actor: { id: "a1", name: "ana", role: "agent" },
  address: "",
  requestId: "",
  action: "",
  object,
  ...more,
});

it("names what it was done to as far as anything tells a name", () => {
  const names = new Map([["a2", "Bình"]]);
  const cases: [AuditEntry, string][] = [
    [entry("role/r1", { after: { name: "Lead" }, before: { name: "Old" } }), "Lead"],
    [entry("contact/c1", { before: { first_name: "Mia", last_name: "", phone: "0912" } }), "Mia"],
    [entry("contact/c1", { after: { firstName: "", lastName: "", phone: "0912" } }), "0912"],
    [entry("agent/a2"), "Bình"],
    [entry("agent/a1"), "ana"],
    [entry("contact/c1", { after: null }), "contact/c1"],
    [entry("secrets", { after: ["x"] }), "secrets"],
  ];
  expect(cases.map(([one]) => objectName(one, names))).toEqual(cases.map(([, name]) => name));
});
