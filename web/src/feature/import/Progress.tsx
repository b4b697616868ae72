// SPDX-License-Identifier: Apache-2.0

import { Label, ProgressBar } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { ContactImport } from "@/api/imports";
import { Button } from "@/ui/Button";
import { Figures } from "./Figures";
import { useTurn } from "./queries";

/** An import or its undoing while it goes on. */
export function Progress({ of }: { of: ContactImport }) {
  const { t, i18n } = useTranslation();
  const turn = useTurn(of.id);
  const undoing = of.state === "undoing";
  const { done, total } = undoing ? of.undo : of.progress;
  const { perSecond, remainingSeconds } = of.progress;
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 0 });
  return (
    <section className="flex flex-col gap-4">
      <ProgressBar value={done} maxValue={Math.max(1, total)} className="flex flex-col gap-2">
        {({ percentage = 0 }) => (
          <>
            <div className="flex flex-wrap items-baseline justify-between gap-x-4">
              <Label className="font-strong">
                {undoing
                  ? t("import.undoing", { file: of.fileName })
                  : t("import.importing", { file: of.fileName })}
              </Label>
              <span className="tabular text-ink-muted">
                {t("import.doneOf", { done: numbers.format(done), total: numbers.format(total) })}
              </span>
            </div>
            <div className="h-2 overflow-hidden rounded-full bg-sunken">
              <div
                className="h-full rounded-full bg-accent transition-[width] duration-500"
                style={{ width: `${percentage}%` }}
              />
            </div>
          </>
        )}
      </ProgressBar>
      <p className="tabular text-ink-muted">
        {perSecond > 0 ? t("import.pace", { perSecond: numbers.format(perSecond) }) : t("import.beginning")}
        {remainingSeconds === null
          ? null
          : ` · ${t("import.remaining", { count: Math.max(1, Math.ceil(remainingSeconds)) })}`}
      </p>
      <p className="max-w-[70ch] text-12 text-ink-faint">{t("import.mayLeave")}</p>
      {undoing ? null : (
        <>
          <Figures
            figures={(["created", "changed", "skipped", "invalid"] as const).map((word) => ({
              id: word,
              value: of.progress[word],
              word,
            }))}
          />
          <div>
            <Button isPending={turn.isPending} onPress={() => turn.mutate("stop")}>
              {t("import.stop")}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}
