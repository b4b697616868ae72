// SPDX-License-Identifier: Apache-2.0

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { kinds, type Settings } from "@/api/administration";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Moment } from "@/ui/Moment";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { ZoneField } from "@/ui/ZoneField";
import { retentionQuery, useSaveSettings } from "./queries";

/** Name, place, languages, and for how long what is kept. */
export function SettingsForm({ settings, writes }: { settings: Settings; writes: boolean }) {
  const { t } = useTranslation();
  const [words, setWords] = useState({
    name: settings.name,
    region: settings.region,
    locales: settings.locales.join(" "),
  });
  const [timeZone, setTimeZone] = useState(settings.timeZone);
  const [days, setDays] = useState(() =>
    Object.fromEntries(kinds.map((kind) => [kind, String(settings.retentionDays[kind])])),
  );
  const save = useSaveSettings();
  const queries = useQueryClient();
  const applied = useQuery(retentionQuery(0));
  // How many calls go with what is about to be saved.
  const look = useMutation({ mutationFn: (calls: number) => queries.fetchQuery(retentionQuery(calls)) });
  const going = look.data?.calls ?? 0;
  const problem = save.error instanceof Problem ? save.error : null;
  const errorOf = (name: string) =>
    problem?.field(name) ?? problem?.fields.find((f) => f.name.includes(`${name}[`))?.detail;
  const field = (name: keyof typeof words) => ({
    label: t(`settings.${name}`),
    value: words[name],
    onChange: (value: string) => setWords({ ...words, [name]: value }),
    error: errorOf(name),
    disabled: !writes,
  });
  const kept = (kind: (typeof kinds)[number]) => Number(days[kind] || 0);
  const submit = () =>
    save.mutate(
      {
        name: words.name,
        region: words.region.trim().toUpperCase(),
        timeZone,
        locales: words.locales.split(/[\s,;]+/).filter(Boolean),
        retentionDays: {
          calls: kept("calls"),
          recordings: kept("recordings"),
          audit: kept("audit"),
          deliveries: kept("deliveries"),
        },
      },
      { onSuccess: () => toast(t("settings.saved")), onSettled: look.reset },
    );
  const ask = () => {
    const before = settings.retentionDays.calls;
    const shorter = kept("calls") > 0 && (before === 0 || kept("calls") < before);
    if (!shorter) return submit();
    // What cannot be so is for the save to say.
    look.mutate(kept("calls"), {
      onSuccess: ({ calls }) => (calls > 0 ? undefined : submit()),
      onError: submit,
    });
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <Field {...field("name")} required />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <ZoneField
          label={t("settings.timeZone")}
          value={timeZone}
          onChange={setTimeZone}
          help={t("settings.timeZoneHelp")}
          error={errorOf("timeZone")}
          disabled={!writes}
        />
        <Field {...field("region")} help={t("settings.regionHelp")} required mono />
      </div>
      <Field {...field("locales")} help={t("settings.localesHelp")} mono />
      <fieldset className="flex min-w-0 flex-col gap-2">
        <legend className="mb-2 font-strong">{t("settings.retention")}</legend>
        <p className="max-w-[70ch] text-ink-muted">{t("settings.retentionText")}</p>
        <div className="grid items-start gap-4 sm:grid-cols-2">
          {kinds.map((kind) => (
            <Field
              key={kind}
              label={t(`settings.keep_${kind}`)}
              value={days[kind] ?? ""}
              onChange={(value) => setDays({ ...days, [kind]: value })}
              type="number"
              error={errorOf(`retentionDays.${kind}`)}
              disabled={!writes}
            />
          ))}
        </div>
        <p className="max-w-[70ch] text-ink-muted">
          {t("settings.callsText")}{" "}
          {applied.data?.appliedAt ? (
            <>
              {t("settings.applied")} <Moment at={applied.data.appliedAt} />
            </>
          ) : null}
        </p>
      </fieldset>
      <div role="alert" className={fault}>
        {save.isError ? <p>{save.error.message || t("error.unreachableText")}</p> : null}
        {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
      </div>
      {writes ? (
        <div>
          <Button look="primary" type="submit" isPending={save.isPending || look.isPending}>
            {t("settings.save")}
          </Button>
        </div>
      ) : null}
      <Confirm
        open={going > 0}
        onClose={look.reset}
        title={t("settings.eraseCalls", { count: going })}
        text={t("settings.eraseCallsText", { count: kept("calls") })}
        act={t("settings.eraseCallsAct")}
        onAct={submit}
        pending={save.isPending}
      />
    </form>
  );
}
