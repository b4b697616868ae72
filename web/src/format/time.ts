// SPDX-License-Identifier: Apache-2.0

import type { Instant } from "@/api/types";

/** How times are told: in the tenant's zone, in the reader's language. */
export interface Clock {
  readonly timeZone: string;
  readonly locale: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

// Building a format takes as long as using it a hundred times.
function format(clock: Clock, kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${clock.locale} ${clock.timeZone} ${kind}`;
  let known = formats.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(clock.locale, { timeZone: clock.timeZone, ...options });
    formats.set(key, known);
  }
  return known;
}

const hms = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;

function dayKey(clock: Clock, ms: number): string {
  return format(clock, "key", { year: "numeric", month: "2-digit", day: "2-digit" }).format(ms);
}

/** The time of day; with the date when it is not today. */
export function moment(clock: Clock, at: Instant | number, now: number): string {
  const ms = typeof at === "number" ? at : Date.parse(at);
  if (Number.isNaN(ms)) {
    return "";
  }
  const time = format(clock, "time", hms).format(ms);
  if (dayKey(clock, ms) === dayKey(clock, now)) {
    return time;
  }
  const sameYear = new Date(ms).getUTCFullYear() === new Date(now).getUTCFullYear();
  const day = sameYear
    ? format(clock, "day", { day: "numeric", month: "short" })
    : format(clock, "year", { day: "numeric", month: "short", year: "numeric" });
  return `${day.format(ms)}, ${time}`;
}

/** The same with milliseconds, for events that come close together. */
export function preciseMoment(clock: Clock, at: Instant): string {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? at : format(clock, "precise", { ...hms, fractionalSecondDigits: 3 }).format(ms);
}

/** Date and time as a spreadsheet sorts them: 2026-03-04 10:00:00. */
export function sortableMoment(clock: Clock, at: Instant | number): string {
  const ms = typeof at === "number" ? at : Date.parse(at);
  if (Number.isNaN(ms)) {
    return String(at);
  }
  const { year, month, day, hour, minute, second } = dayParts(clock, ms);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

/** Date, time and zone in full, for a tooltip. */
export function fullMoment(clock: Clock, at: Instant | number): string {
  const ms = typeof at === "number" ? at : Date.parse(at);
  return Number.isNaN(ms)
    ? String(at)
    : format(clock, "full", { dateStyle: "full", timeStyle: "long" }).format(ms);
}

/** The midnight before a moment, in the clock's zone. Unix milliseconds. */
export function startOfDay(clock: Clock, ms: number): number {
  const day = dayParts(clock, ms);
  // The zone's offset at midnight may differ from the one at noon, so look twice.
  const guess = Date.UTC(day.year, day.month - 1, day.day) - offsetAt(clock, ms);
  return Date.UTC(day.year, day.month - 1, day.day) - offsetAt(clock, guess);
}

/** The instant of a wall-clock time such as "2026-03-04T10:00" in the clock's zone; undefined when it is no time. */
export function instantOf(clock: Clock, wall: string): Instant | undefined {
  const asUTC = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUTC)) {
    return undefined;
  }
  const guess = asUTC - offsetAt(clock, asUTC);
  return new Date(asUTC - offsetAt(clock, guess)).toISOString();
}

function dayParts(clock: Clock, ms: number) {
  const parts = format({ ...clock, locale: "en-GB" }, "parts", {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    ...hms,
  }).formatToParts(ms);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return {
    year: of("year"),
    month: of("month"),
    day: of("day"),
    hour: of("hour"),
    minute: of("minute"),
    second: of("second"),
  };
}

function offsetAt(clock: Clock, ms: number): number {
  const { year, month, day, hour, minute, second } = dayParts(clock, ms);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}
