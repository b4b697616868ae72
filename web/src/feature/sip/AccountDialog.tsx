// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SipAccount } from "@/api/administration";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { ChipSwitch } from "@/ui/Chip";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { useSaveAccount } from "./queries";

/** Adds an account, or changes one. Its password goes in and does not come out. */
export function AccountDialog({ account, onClose }: { account: SipAccount | null; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const [words, setWords] = useState({
    number: account?._id ?? "",
    domain: account?.domain ?? "",
    extension: account?.extension ?? "",
    proxy: account?.proxy ?? "",
    password: "",
  });
  const [removing, setRemoving] = useState(false);
  const save = useSaveAccount(account === null);
  const problem = save.error instanceof Problem ? save.error : null;
  const field = (name: keyof typeof words) => ({
    label: t(`sip.${name}`),
    value: words[name],
    onChange: (value: string) => setWords({ ...words, [name]: value }),
    error: problem?.field(name === "number" ? "_id" : name),
    autoComplete: "off",
  });
  const submit = () => {
    const { number, password, ...rest } = words;
    const change = removing ? { password: "" } : password ? { password } : {};
    save.mutate(
      { _id: number, ...rest, ...change },
      {
        onSuccess: () => {
          toast(t("sip.saved", { name: number }));
          onClose();
        },
      },
    );
  };
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {account ? t("ui.save") : t("sip.add_accounts")}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={account ? t("sip.editAccount", { name: account._id }) : t("sip.add_accounts")}
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
        {account ? null : <Field {...field("number")} help={t("sip.numberHelp")} required autoFocus mono />}
        <Field {...field("domain")} help={t("sip.domainHelp")} required mono />
        <Field {...field("extension")} help={t("sip.extensionHelp")} required mono />
        <Field {...field("proxy")} help={t("sip.proxyHelp")} mono />
        <Field
          {...field("password")}
          type="password"
          autoComplete="new-password"
          help={account?.passwordSet ? t("sip.passwordKept") : t("sip.passwordHelp")}
          disabled={removing}
        />
        {account?.passwordSet ? (
          <div>
            <ChipSwitch label={t("sip.removePassword")} value={removing} onChange={setRemoving} />
          </div>
        ) : null}
        <div role="alert" className={fault}>
          {save.isError ? <p>{save.error.message || t("error.unreachableText")}</p> : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
    </Dialog>
  );
}
