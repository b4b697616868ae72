// SPDX-License-Identifier: Apache-2.0

import type { TFunction } from "i18next";
import type { Hours, When } from "@/api/types";
import { days } from "@/ui/HoursFields";

function hoursWords(t: TFunction, hours: Hours): string {
  return hours.ranges
    .map((range) => {
      const names = days.filter((day) => range.days?.includes(day)).map((day) => t(`hours.day.${day}`));
      return `${names.join(" ")} ${range.from}–${range.to}`.trim();
    })
    .join(", ");
}

/** When a rule applies, as a person would say it. */
export function sentence(t: TFunction, when: When): string {
  const parts: string[] = [];
  if (when.caller && when.caller !== "any") {
    parts.push(t(`routing.sCaller_${when.caller}`));
  }
  if (when.callerPattern) parts.push(t("routing.sCallerPattern", { pattern: when.callerPattern }));
  if (when.calledPattern) parts.push(t("routing.sCalledPattern", { pattern: when.calledPattern }));
  if (when.group) parts.push(t("routing.sGroup", { group: when.group }));
  if (when.hours && when.hours.ranges.length > 0)
    parts.push(t("routing.sHours", { hours: hoursWords(t, when.hours) }));
  if (when.expression) parts.push(t("routing.sExpression", { expression: when.expression }));
  const [first, ...rest] = parts;
  if (first === undefined) {
    return t("routing.always");
  }
  return t("routing.sentence", { when: rest.reduce((a, b) => t("routing.and", { a, b }), first) });
}
