// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { useMe } from "@/api/session";
import type { CallButton } from "@/api/types";
import { Button } from "@/ui/Button";
import { ChipSwitch } from "@/ui/Chip";
import { CopyButton } from "@/ui/CopyButton";
import { Confirm } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { HoursFields } from "@/ui/HoursFields";
import { Select } from "@/ui/Select";
import { PartialNote } from "@/ui/State";
import { fault, label } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { changeOf, type Draft, draftOf, longColor, places } from "./draft";
import { Preview } from "./Preview";
import { useDeleteButton, useSaveButton } from "./queries";

/** What the button looks like and who takes its calls, with the button itself beside it. */
export function Designer({ button, writes }: { button: CallButton | null; writes: boolean }) {
  const { t } = useTranslation();
  const me = useMe();
  const form = useId();
  const [draft, setDraft] = useState<Draft>(() =>
    draftOf(button, me.tenant.name.slice(0, 80), me.tenant.region),
  );
  const [asked, setAsked] = useState(false);
  const save = useSaveButton(button === null);
  const remove = useDeleteButton();
  const problem = save.error instanceof Problem ? save.error : null;
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const text = (
    name: "header" | "content" | "color" | "delay" | "destination" | "origins" | "countries" | "consent",
  ) => ({
    label: t(`callButton.${name}`),
    value: draft[name],
    onChange: (value: string) => set({ [name]: value }),
    error: problem?.field(name) ?? problem?.fields.find((f) => f.name.includes(`.${name}[`))?.detail,
    disabled: !writes,
  });
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,560px)_minmax(320px,1fr)]">
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(changeOf(draft), { onSuccess: () => toast(t("callButton.saved")) });
        }}
      >
        <Field {...text("header")} required />
        <Field {...text("content")} rows={3} />
        <div className="grid items-start gap-4 sm:grid-cols-3">
          <div className="flex items-end gap-2">
            <div className="grow">
              <Field {...text("color")} mono />
            </div>
            <input
              type="color"
              aria-label={t("callButton.color")}
              value={longColor(draft.color)}
              onChange={(event) => set({ color: event.target.value })}
              disabled={!writes}
              className="ring-focus h-8 w-10 shrink-0 rounded-box border border-line-strong bg-surface pointer-coarse:h-11"
            />
          </div>
          <Select
            label={t("callButton.position")}
            value={draft.position}
            onChange={(position) => set({ position })}
            choices={places.map((id) => ({ id, text: t(`callButton.position_${id}`) }))}
            error={problem?.field("position")}
            disabled={!writes}
          />
          <Field {...text("delay")} help={t("callButton.delayHelp")} type="number" />
        </div>
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Field {...text("destination")} help={t("callButton.destinationHelp")} mono />
          <Select
            label={t("callButton.destinationType")}
            value={draft.destinationType}
            onChange={(destinationType) => set({ destinationType })}
            choices={[
              { id: "queue", text: t("callButton.queue") },
              { id: "peer", text: t("callButton.peer") },
            ]}
            disabled={!writes}
          />
        </div>
        <Field {...text("origins")} help={t("callButton.originsHelp")} rows={3} mono />
        {draft.activated && draft.origins.trim() === "" ? (
          <PartialNote>{t("callButton.noOrigins")}</PartialNote>
        ) : null}
        <Field {...text("countries")} help={t("callButton.countriesHelp")} mono />
        <Field {...text("consent")} help={t("callButton.consentHelp")} rows={2} />
        {writes || draft.hours ? (
          <fieldset disabled={!writes} className="min-w-0">
            <HoursFields hours={draft.hours} onChange={(hours) => set({ hours })} />
          </fieldset>
        ) : null}
        {writes ? (
          <>
            <div className="flex flex-wrap items-center gap-3">
              <ChipSwitch
                label={t("callButton.activated")}
                value={draft.activated}
                onChange={(activated) => set({ activated })}
              />
              <span className="grow" />
              {button ? (
                <Button look="danger" onPress={() => setAsked(true)}>
                  {t("callButton.delete")}
                </Button>
              ) : null}
              <Button look="primary" type="submit" isPending={save.isPending}>
                {t("callButton.save")}
              </Button>
            </div>
            <div role="alert" className={fault}>
              {save.isError ? save.error.message : null}
            </div>
          </>
        ) : null}
      </form>
      <div className="flex min-w-0 flex-col gap-4 lg:sticky lg:top-0">
        <section className="flex flex-col gap-1">
          <h2 className={label}>{t("callButton.preview")}</h2>
          <Preview draft={draft} />
        </section>
        {button ? <Embed script={button.script} /> : null}
      </div>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("callButton.delete")}
        text={t("callButton.deleteText")}
        act={t("callButton.delete")}
        onAct={() => remove.mutate(undefined, { onSuccess: () => toast(t("callButton.deleted")) })}
      />
    </div>
  );
}

/** The line for the web site. */
function Embed({ script }: { script: string }) {
  const { t } = useTranslation();
  const line = `<script src="${new URL(script, location.origin).href}" async></script>`;
  return (
    <section className="flex flex-col gap-2">
      <h2 className={label}>{t("callButton.embed")}</h2>
      <code className="rounded-box border border-line bg-sunken p-2 font-mono text-12 break-all">{line}</code>
      <div className="flex flex-wrap items-start gap-3">
        <CopyButton text={line} label={t("callButton.copy")} word={t("callButton.copy")} />
        <p className="max-w-[70ch] min-w-60 grow basis-0 text-12 text-ink-muted">
          {t("callButton.embedHelp")}
        </p>
      </div>
    </section>
  );
}
