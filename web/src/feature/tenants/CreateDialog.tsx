// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { slugOf } from "@/format/text";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { ZoneField } from "@/ui/ZoneField";
import { useCreateAccount } from "./queries";

/** Makes a call centre, and the administrator who makes the rest. */
export function CreateDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const [words, setWords] = useState({ name: "", slug: "", region: "", login: "", password: "" });
  const [timeZone, setTimeZone] = useState("");
  const create = useCreateAccount();
  const problem = create.error instanceof Problem ? create.error : null;
  const field = (name: keyof typeof words) => ({
    label: t(`tenants.${name}`),
    value: words[name],
    onChange: (value: string) => setWords({ ...words, [name]: value }),
    error: problem?.field(name),
  });
  const submit = () => {
    const { name, login, password } = words;
    const region = words.region.trim().toUpperCase();
    create.mutate(
      {
        name,
        slug: words.slug || slugOf(name),
        ...(region ? { region } : {}),
        ...(timeZone ? { timeZone } : {}),
        admin: { login, password },
      },
      {
        onSuccess: () => {
          toast(t("tenants.made", { name }));
          onClose();
        },
      },
    );
  };
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={create.isPending}>
        {t("tenants.add")}
      </Button>
    </>
  );
  return (
    <Dialog open wide onClose={onClose} title={t("tenants.add")} actions={actions}>
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Field {...field("name")} required autoFocus />
          <Field {...field("slug")} placeholder={slugOf(words.name)} help={t("tenants.slugHelp")} mono />
          <Field {...field("region")} help={t("tenants.regionHelp")} mono />
          <ZoneField
            label={t("tenants.timeZone")}
            value={timeZone}
            onChange={setTimeZone}
            help={t("tenants.timeZoneHelp")}
            error={problem?.field("timeZone")}
          />
        </div>
        <h3 className="font-strong">{t("tenants.admin")}</h3>
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Field {...field("login")} required autoComplete="off" mono />
          <Field {...field("password")} required type="password" autoComplete="new-password" />
        </div>
        <div role="alert" className={fault}>
          {create.isError ? <p>{create.error.message || t("error.unreachableText")}</p> : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
    </Dialog>
  );
}
