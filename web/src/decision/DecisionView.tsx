// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import type { Decision } from "@/api/types";
import { useClock } from "@/ui/Moment";
import { callerWords, presetWords, reasons, rejections } from "./words";

/** The reasons of a routing decision, in words. */
export function DecisionView({ decision }: { decision: Decision }) {
  const { t } = useTranslation();
  const { locale } = useClock();
  const matched = reasons(t, decision);
  const rejected = rejections(t, decision);
  const { rule } = decision;
  const saidAlready = !decision.contactName && decision.matched?.some((each) => each.condition === "caller");
  const ms = ((decision.tookMicros ?? 0) / 1000).toLocaleString(locale, { maximumSignificantDigits: 2 });
  const notes = [
    decision.ruleVersion ? t("decision.ruleVersion", { n: decision.ruleVersion }) : "",
    decision.preset ? t("decision.preset", { name: presetWords(t, decision.preset) }) : "",
    decision.tookMicros === undefined ? "" : t("decision.took", { ms }),
  ].filter(Boolean);
  return (
    <div className="flex flex-col gap-1 py-1 text-12 text-ink-muted">
      {rule && matched.length > 0 ? (
        <p>{t("decision.byRuleBecause", { name: rule.name, reasons: matched.join(", ") })}</p>
      ) : null}
      {rule && matched.length === 0 ? <p>{t("decision.byRule", { name: rule.name })}</p> : null}
      {saidAlready ? null : <p>{callerWords(t, decision)}</p>}
      {rejected.length > 0 ? (
        <div>
          <p>{t("decision.notOthers")}</p>
          <ul className="ms-4 list-disc">
            {rejected.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </div>
      ) : null}
      <p className="tabular text-ink-faint">{notes.join(" · ")}</p>
    </div>
  );
}
