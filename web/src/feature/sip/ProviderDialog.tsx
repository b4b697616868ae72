// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SipProvider } from "@/api/administration";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { useSaveProvider } from "./queries";

const costs = ["tollCost", "innerCost", "outerCost", "serviceCost"] as const;

/** Adds a provider, or changes one. Costs are texts, as they stand in the contract. */
export function ProviderDialog({ provider, onClose }: { provider: SipProvider | null; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const [words, setWords] = useState({
    name: provider?.name ?? "",
    firm: provider?.firm ?? "",
    phone: provider?.phone ?? "",
    phoneList: (provider?.phoneList ?? []).join("\n"),
    currency: provider?.currency ?? "",
    tollCost: provider?.tollCost ?? "",
    innerCost: provider?.innerCost ?? "",
    outerCost: provider?.outerCost ?? "",
    serviceCost: provider?.serviceCost ?? "",
  });
  const save = useSaveProvider();
  const problem = save.error instanceof Problem ? save.error : null;
  const field = (name: keyof typeof words) => ({
    label: t(`sip.${name}`),
    value: words[name],
    onChange: (value: string) => setWords({ ...words, [name]: value }),
    error: problem?.field(name) ?? problem?.fields.find((f) => f.name.includes(`${name}[`))?.detail,
  });
  const submit = () => {
    const { currency, phoneList, ...rest } = words;
    const code = currency.trim().toUpperCase();
    const change = {
      ...rest,
      phoneList: phoneList
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
      ...(code ? { currency: code } : {}),
    };
    save.mutate(
      { id: provider?._id ?? null, change },
      {
        onSuccess: () => {
          toast(t("sip.saved", { name: words.name }));
          onClose();
        },
      },
    );
  };
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {provider ? t("ui.save") : t("sip.add_providers")}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={provider ? t("sip.editProvider", { name: provider.name }) : t("sip.add_providers")}
      actions={actions}
    >
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
          <Field {...field("firm")} />
          <Field {...field("phone")} mono />
          <Field {...field("currency")} help={t("sip.currencyHelp")} mono />
          {costs.map((cost) => (
            <Field key={cost} {...field(cost)} />
          ))}
        </div>
        <Field {...field("phoneList")} help={t("sip.phoneListHelp")} rows={4} mono />
        <div role="alert" className={fault}>
          {save.isError ? <p>{save.error.message || t("error.unreachableText")}</p> : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
    </Dialog>
  );
}
