// SPDX-License-Identifier: Apache-2.0

import type { Rule, When } from "@/api/types";

/** A rule being edited. The key stays with it while it moves, also before the server has given it an id. */
export interface DraftRule extends Rule {
  readonly key: string;
}

let last = 0;

export function draftOf(rules: readonly Rule[]): readonly DraftRule[] {
  return rules.map((rule) => ({ ...rule, key: keyOf(rule) }));
}

function keyOf(rule: Rule): string {
  last += 1;
  return rule.id === undefined ? `new-${last}` : String(rule.id);
}

export function newRule(): DraftRule {
  last += 1;
  return { key: `new-${last}`, name: "", enabled: true, when: { caller: "any" }, destination: "" };
}

/** The rules as the server takes them: what is empty is left out, so that equal rules are equal. */
export function rulesOf(draft: readonly Rule[]): Rule[] {
  return draft.map(({ id, name, enabled, when, destination }) => ({
    ...(id === undefined ? {} : { id }),
    name,
    enabled,
    when: whenOf(when),
    destination,
  }));
}

function whenOf(when: When): When {
  const { caller, callerPattern, calledPattern, group, hours, expression } = when;
  return {
    caller: caller || "any",
    ...(callerPattern ? { callerPattern } : {}),
    ...(calledPattern ? { calledPattern } : {}),
    ...(group ? { group } : {}),
    ...(hours && hours.ranges.length > 0 ? { hours } : {}),
    ...(expression ? { expression } : {}),
  };
}

export function sameRules(a: readonly Rule[], b: readonly Rule[]): boolean {
  return JSON.stringify(rulesOf(a)) === JSON.stringify(rulesOf(b));
}

/** The list with one rule moved to another place; places outside the list are brought into it. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const item = list[from];
  const place = Math.max(0, Math.min(list.length - 1, to));
  if (item === undefined || place === from) {
    return list;
  }
  const next = list.toSpliced(from, 1);
  next.splice(place, 0, item);
  return next;
}
