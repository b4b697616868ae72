// SPDX-License-Identifier: Apache-2.0

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { DecisionView } from "@/decision/DecisionView";
import { useQueueNames } from "@/decision/useQueueNames";
import { destinationWords } from "@/decision/words";
import { instantOf } from "@/format/time";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { useClock } from "@/ui/Moment";
import { PartialNote, RequestID } from "@/ui/State";
import { control, fault, hint, label } from "@/ui/style";
import { useDryRun } from "./queries";

/** Where a call would go and why, without a call. */
export function DryRunPanel({ unsaved }: { unsaved: boolean }) {
  const { t } = useTranslation();
  const [theirNumber, setTheirNumber] = useState("");
  const [ourNumber, setOurNumber] = useState("");
  const [at, setAt] = useState("");
  const clock = useClock();
  const dryRun = useDryRun();
  const names = useQueueNames();
  const decision = dryRun.data;
  return (
    <section
      aria-labelledby="dry-run"
      className="flex flex-col gap-3 rounded-box border border-line bg-surface p-4"
    >
      <div>
        <h2 id="dry-run" className="text-14 font-strong">
          {t("routing.dryRun")}
        </h2>
        <p className="text-12 text-ink-muted">{t("routing.dryRunIntro")}</p>
      </div>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          const instant = instantOf(clock, at);
          dryRun.mutate({
            theirNumber: theirNumber.trim(),
            ourNumber: ourNumber.trim(),
            ...(instant ? { at: instant } : {}),
          });
        }}
      >
        <Field
          label={t("routing.theirNumber")}
          help={t("routing.theirNumberHelp")}
          type="tel"
          value={theirNumber}
          onChange={setTheirNumber}
          placeholder="0901234567"
        />
        <Field
          label={t("routing.ourNumber")}
          type="tel"
          value={ourNumber}
          onChange={setOurNumber}
          placeholder="08007770000"
        />
        <label className="flex flex-col gap-1">
          <span className={label}>{t("routing.at")}</span>
          <input
            type="datetime-local"
            value={at}
            onChange={(event) => setAt(event.target.value)}
            className={`${control} focus:border-accent`}
          />
          <span className={hint}>{t("routing.atHelp")}</span>
        </label>
        {unsaved ? <PartialNote>{t("routing.dryRunUnsaved")}</PartialNote> : null}
        <Button type="submit" isPending={dryRun.isPending}>
          {t("routing.ask")}
        </Button>
      </form>
      <div role="status">
        {dryRun.isError ? (
          <div className={fault}>
            <p>{dryRun.error.message || t("error.unreachableText")}</p>
            {dryRun.error instanceof Problem && dryRun.error.requestId ? (
              <RequestID id={dryRun.error.requestId} />
            ) : null}
          </div>
        ) : null}
        {decision ? (
          <div className="rounded-box bg-sunken px-3 py-2">
            <p className="text-14 font-strong">{destinationWords(t, decision, names)}</p>
            <DecisionView decision={decision} />
          </div>
        ) : null}
      </div>
    </section>
  );
}
