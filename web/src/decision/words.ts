// SPDX-License-Identifier: Apache-2.0

import type { TFunction } from "i18next";
import type { Decision } from "@/api/types";

const callers = ["known", "new", "withheld", "any"] as const;

function condition(t: TFunction, name: string): string {
  return t(`decision.condition.${name as "caller"}`, { defaultValue: name });
}

function value(t: TFunction, text: unknown): string {
  const plain = text === null || text === undefined || text === "" ? "empty" : String(text);
  return t(`decision.value.${plain as "known"}`, { defaultValue: plain });
}

/** Why a rule applied, one sentence part per condition. */
export function reasons(t: TFunction, decision: Decision): string[] {
  return (decision.matched ?? []).map((matched) => {
    const caller = callers.find((each) => each === matched.value);
    return matched.condition === "caller" && caller
      ? t(`decision.matched.caller_${caller}`)
      : t("decision.matched.other", {
          condition: condition(t, matched.condition),
          value: value(t, matched.value),
        });
  });
}

/** Why the rules before it did not. */
export function rejections(t: TFunction, decision: Decision): string[] {
  return (decision.rejected ?? []).map((rejected) =>
    t("decision.rejected", {
      rule: rejected.rule,
      condition: condition(t, rejected.condition),
      expected: value(t, rejected.expected),
      actual: value(t, rejected.actual),
    }),
  );
}

/** The name of a preset; its id for one without words. */
export function presetWords(t: TFunction, id: string): string {
  return t(`routing.preset_${id as "known-900-new-901"}`, { defaultValue: id });
}

/** What is known of the caller. */
export function callerWords(t: TFunction, decision: Decision): string {
  if (decision.withheld) {
    return t("decision.withheld");
  }
  if (!decision.callerKnown) {
    return t("decision.new");
  }
  return decision.contactName ? t("decision.knownAs", { name: decision.contactName }) : t("decision.known");
}

/** Where the call goes. */
export function destinationWords(
  t: TFunction,
  decision: Decision,
  queueNames: ReadonlyMap<string, string>,
): string {
  const { destination } = decision;
  if (!destination) {
    return decision.reason === "too_late" ? t("decision.tooLate") : t("decision.none");
  }
  const name = queueNames.get(destination);
  return t("decision.to", { destination: name ? `${destination} ${name}` : destination });
}
