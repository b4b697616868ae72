// SPDX-License-Identifier: Apache-2.0

import { expect, it } from "vitest";
import { span } from "./query";

const clock = { timeZone: "Asia/Ho_Chi_Minh", locale: "en" };
const now = Date.parse("2026-03-04T20:00:00Z"); // 03:00 on the 5th there

it.each([
  ["today", { from: "2026-03-04T17:00:00.000Z" }],
  ["yesterday", { from: "2026-03-03T17:00:00.000Z", to: "2026-03-04T17:00:00.000Z" }],
  ["week", { from: "2026-02-26T17:00:00.000Z" }],
  ["month", { from: "2026-02-03T17:00:00.000Z" }],
  ["", {}],
  ["ever", {}],
])("%s is a span of whole days there", (period, expected) =>
  expect(span(clock, period, now)).toEqual(expected),
);
