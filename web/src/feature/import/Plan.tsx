// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Label, Radio, RadioGroup } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type ContactImport, duplicateChoices, type ImportTrial, type OnDuplicate } from "@/api/imports";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { fault } from "@/ui/style";
import { Figures } from "./Figures";
import { Mapping } from "./Mapping";
import { clashes, tells } from "./mapping";
import { trialQuery, useDiscard, useTurn } from "./queries";
import { RowErrors } from "./RowErrors";

const settleMs = 500;

/** A file that waits: what its columns say, what would come of it, and the button that imports it. */
export function Plan({ of, onAnother }: { of: ContactImport; onAnother: () => void }) {
  const { t } = useTranslation();
  const [mapping, setMapping] = useState(of.suggestedMapping);
  const [onDuplicate, setOnDuplicate] = useState<OnDuplicate>("update");
  const discard = useDiscard();
  const turn = useTurn(of.id);
  const tried = useSettled(mapping);
  const ready = tells(mapping) && clashes(mapping).size === 0;
  const trial = useQuery({
    ...trialQuery(of.id, tried),
    enabled: tells(tried) && clashes(tried).size === 0,
    placeholderData: (before) => before,
  });
  const fresh = trial.data && !trial.isPlaceholderData && tried === mapping;
  return (
    <>
      <section className="flex flex-col gap-2">
        <h2 className="font-strong">
          <bdi>{of.fileName}</bdi>{" "}
          <span className="font-regular text-ink-muted">{t("import.rows", { count: of.rows })}</span>
        </h2>
        <p className="max-w-[70ch] text-ink-muted">{t("import.mappingText")}</p>
        <Mapping of={of} mapping={mapping} onChange={setMapping} />
        {tells(mapping) ? null : <p className={fault}>{t("import.mapSomething")}</p>}
      </section>
      <Duplicates value={onDuplicate} onChange={setOnDuplicate} />
      <section className="flex flex-col gap-3" aria-live="polite">
        <h2 className="font-strong">{t("import.wouldCome")}</h2>
        {ready && !fresh && !trial.isError ? <p className="text-ink-muted">{t("import.checking")}</p> : null}
        {trial.isError ? <p className={fault}>{wordsOf(trial.error, t("import.notChecked"))}</p> : null}
        {ready && trial.data ? (
          <>
            <Figures figures={figuresOf(trial.data, onDuplicate)} faint={!fresh} />
            <RowErrors errors={trial.data.errors} total={trial.data.errorsTotal} format={of.format} />
          </>
        ) : null}
      </section>
      <footer className="sticky -bottom-3 -mx-3 -mb-3 flex flex-wrap items-center gap-2 border-t border-line bg-canvas px-3 py-3 md:-mx-4 md:px-4">
        <Button
          look="primary"
          isDisabled={!ready || !fresh || turn.isPending || writes(trial.data, onDuplicate) === 0}
          onPress={() => turn.mutate({ mapping, onDuplicate })}
        >
          {fresh ? t("import.start", { count: writes(trial.data, onDuplicate) }) : t("import.startPlain")}
        </Button>
        <Button isPending={discard.isPending} onPress={() => discard.mutate(of.id, { onSuccess: onAnother })}>
          {t("import.discard")}
        </Button>
        {turn.error ? (
          <p role="alert" className={fault}>
            {wordsOf(turn.error, t("import.notStarted"))}
          </p>
        ) : null}
      </footer>
    </>
  );
}

function wordsOf(error: Error, otherwise: string): string {
  return error instanceof Problem && error.message ? error.message : otherwise;
}

/** How many rows would be written. */
function writes(trial: ImportTrial | undefined, onDuplicate: OnDuplicate): number {
  if (!trial) {
    return 0;
  }
  const further = { skip: 0, update: trial.changed, create: trial.changed + trial.same };
  return trial.new + further[onDuplicate];
}

function figuresOf(trial: ImportTrial, onDuplicate: OnDuplicate) {
  const changed = { skip: "skipped", update: "changed", create: "created" } as const;
  const same = { skip: "same", update: "same", create: "created" } as const;
  return [
    { id: "new", value: trial.new, word: "created" },
    { id: "changed", value: trial.changed, word: changed[onDuplicate] },
    { id: "same", value: trial.same, word: same[onDuplicate] },
    { id: "invalid", value: trial.invalid, word: "invalid" },
  ] as const;
}

/** A value once it has been the same for a moment: every look at a large file costs seconds. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), settleMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function Duplicates({ value, onChange }: { value: OnDuplicate; onChange: (value: OnDuplicate) => void }) {
  const { t } = useTranslation();
  return (
    <RadioGroup
      value={value}
      onChange={(next) => onChange(next as OnDuplicate)}
      className="flex flex-col gap-2"
    >
      <Label className="font-strong">{t("import.duplicates")}</Label>
      <div className="grid gap-2 md:grid-cols-3">
        {duplicateChoices.map((choice) => (
          <Radio
            key={choice}
            value={choice}
            className="ring-focus flex cursor-default flex-col gap-1 rounded-box border border-line-control bg-surface p-3 data-hovered:bg-hover data-selected:border-accent data-selected:bg-accent-soft"
          >
            <span className="font-strong">{t(`import.duplicate_${choice}`)}</span>
            <span className="text-12 text-ink-muted">{t(`import.duplicateText_${choice}`)}</span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
