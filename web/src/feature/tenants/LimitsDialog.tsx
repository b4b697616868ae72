// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Account, type Limits, limitNames } from "@/api/administration";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { useLimitName } from "@/ui/limitName";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { ZoneField } from "@/ui/ZoneField";
import { useSaveAccount } from "./queries";

/** What a call centre is called, where it is, and how much it may do. */
export function LimitsDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const nameOf = useLimitName();
  const [name, setName] = useState(account.name);
  const [region, setRegion] = useState(account.region);
  const [timeZone, setTimeZone] = useState(account.timeZone);
  const [limits, setLimits] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(limitNames.map((one) => [one, String(account.limits[one])])),
  );
  const save = useSaveAccount(account.uuid);
  const problem = save.error instanceof Problem ? save.error : null;
  const submit = () => {
    const wanted = limitNames.map((one) => [one, Number(limits[one] || 0)]);
    save.mutate(
      { name, region: region.trim().toUpperCase(), timeZone, limits: Object.fromEntries(wanted) as Limits },
      {
        onSuccess: (saved) => {
          toast(t("tenants.saved", { name: saved.name }));
          onClose();
        },
      },
    );
  };
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {t("ui.save")}
      </Button>
    </>
  );
  return (
    <Dialog open wide onClose={onClose} title={t("tenants.editOf", { name: account.name })} actions={actions}>
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field
          label={t("tenants.name")}
          value={name}
          onChange={setName}
          error={problem?.field("name")}
          required
          autoFocus
        />
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <ZoneField
            label={t("tenants.timeZone")}
            value={timeZone}
            onChange={setTimeZone}
            error={problem?.field("timeZone")}
          />
          <Field
            label={t("tenants.region")}
            value={region}
            onChange={setRegion}
            error={problem?.field("region")}
            required
            mono
          />
        </div>
        <h3 className="font-strong">{t("tenants.limits")}</h3>
        <p className="text-ink-muted">{t("tenants.limitsText")}</p>
        <div className="grid items-start gap-4 sm:grid-cols-2">
          {limitNames.map((one) => (
            <Field
              key={one}
              label={nameOf(one)}
              value={limits[one] ?? ""}
              onChange={(value) => setLimits({ ...limits, [one]: value })}
              error={problem?.field(`limits.${one}`)}
              type="number"
            />
          ))}
        </div>
        <div role="alert" className={fault}>
          {save.isError ? <p>{save.error.message || t("error.unreachableText")}</p> : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
    </Dialog>
  );
}
