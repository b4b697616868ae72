// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";
import { duration } from "./duration";
import { digits, folded, pretty } from "./text";
import { fullMoment, instantOf, moment, preciseMoment, startOfDay } from "./time";

describe("duration", () => {
  it.each([
    [-5000, "0:00"],
    [999, "0:00"],
    [61_000, "1:01"],
    [3_599_999, "59:59"],
    [3_600_000, "1:00:00"],
    [360_061_000, "100:01:01"],
  ])("%i ms is %s", (ms, text) => expect(duration(ms)).toBe(text));
});

describe("moment", () => {
  const hanoi = { timeZone: "Asia/Ho_Chi_Minh", locale: "en" };
  const now = Date.parse("2026-03-04T20:00:00Z"); // 03:00 on the 5th in Hanoi

  it.each([
    ["2026-03-04T17:30:01Z", "00:30:01"], // today there, although yesterday in UTC
    ["2026-03-04T16:59:59Z", "Mar 4, 23:59:59"],
    ["2025-12-31T00:00:00Z", "Dec 31, 2025, 07:00:00"],
    ["not a time", ""],
  ])("%s is %s", (at, text) => expect(moment(hanoi, at, now)).toBe(text));

  it("keeps milliseconds where they matter", () => {
    expect(preciseMoment(hanoi, "2026-03-04T17:30:01.042Z")).toBe("00:30:01.042");
  });

  it("shows what it cannot read as it came", () => {
    expect(fullMoment(hanoi, "soon")).toBe("soon");
  });
});

describe("startOfDay", () => {
  it.each([
    ["Asia/Ho_Chi_Minh", "2026-03-04T20:00:00Z", "2026-03-04T17:00:00.000Z"],
    ["UTC", "2026-03-04T00:00:00Z", "2026-03-04T00:00:00.000Z"],
    ["Europe/Lisbon", "2026-03-29T12:00:00Z", "2026-03-29T00:00:00.000Z"], // clocks go forward that night
    ["America/New_York", "2026-11-01T20:00:00Z", "2026-11-01T04:00:00.000Z"], // and back that one
  ])("in %s of %s is %s", (timeZone, at, start) => {
    const ms = startOfDay({ timeZone, locale: "en" }, Date.parse(at));
    expect(new Date(ms).toISOString()).toBe(start);
  });
});

describe("instantOf", () => {
  it.each([
    ["Asia/Ho_Chi_Minh", "2026-03-04T10:00", "2026-03-04T03:00:00.000Z"],
    ["America/New_York", "2026-07-01T10:00", "2026-07-01T14:00:00.000Z"],
    ["UTC", "", undefined],
  ])("in %s %s is %s", (timeZone, wall, at) => expect(instantOf({ timeZone, locale: "en" }, wall)).toBe(at));
});

describe("text", () => {
  it("compares without case and accents", () => expect(folded("Nguyễn Thị ÁNH")).toBe("nguyen thi anh"));
  it("keeps the digits of a number", () => expect(digits("+84 (90) 123-4567")).toBe("84901234567"));
  it("sets out JSON and leaves the rest alone", () => {
    expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(pretty("a=1&b")).toBe("a=1&b");
  });
});
