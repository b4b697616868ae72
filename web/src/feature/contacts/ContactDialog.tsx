// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Contact } from "@/api/contacts";
import { Problem } from "@/api/problem";
import { useMe } from "@/api/session";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { useSaveContact } from "./queries";

export interface ContactDialogProps {
  readonly contact: Contact | null;
  readonly onClose: () => void;
  readonly onSaved?: (contact: Contact) => void;
}

const asked = ["firstName", "lastName", "phone", "email", "gender", "cpf"] as const;

/** Adds a contact, or changes one. */
export function ContactDialog({ contact, onClose, onSaved }: ContactDialogProps) {
  const { t } = useTranslation();
  const { tenant } = useMe();
  const form = useId();
  const [words, setWords] = useState(() =>
    Object.fromEntries(asked.map((name) => [name, contact?.[name] ?? ""])),
  );
  const [more, setMore] = useState((contact?.numbers ?? []).map(({ number }) => number).join("\n"));
  const save = useSaveContact();
  const problem = save.error instanceof Problem ? save.error : null;
  const submit = () => {
    const { firstName = "", lastName = "", phone = "", email = "", gender = "", cpf = "" } = words;
    const labels = new Map((contact?.numbers ?? []).map(({ number, label }) => [number, label ?? ""]));
    const numbers = more
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean)
      .map((number) => ({ number, label: labels.get(number) ?? "" }));
    save.mutate(
      {
        id: contact?._id ?? null,
        change: {
          firstName,
          lastName,
          phone: phone.trim(),
          email: email.trim(),
          gender,
          cpf: cpf.trim(),
          numbers,
        },
      },
      {
        onSuccess: (saved) => {
          toast(contact ? t("contacts.saved") : t("contacts.added"));
          onClose();
          onSaved?.(saved);
        },
      },
    );
  };
  const field = (name: (typeof asked)[number]) => ({
    label: t(`contacts.${name}`),
    value: words[name] ?? "",
    onChange: (value: string) => setWords({ ...words, [name]: value }),
    error: problem?.field(name),
  });
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {contact ? t("ui.save") : t("contacts.add")}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={contact ? t("contacts.edit") : t("contacts.add")} actions={actions}>
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Field {...field("firstName")} autoFocus />
          <Field {...field("lastName")} />
          <Field {...field("phone")} type="tel" mono />
          <Field {...field("email")} />
          <Field {...field("gender")} />
          {tenant.region === "BR" || contact?.cpf ? <Field {...field("cpf")} mono /> : null}
        </div>
        <Field
          label={t("contacts.numbers")}
          help={t("contacts.numbersHelp")}
          value={more}
          onChange={setMore}
          error={problem?.field("numbers") ?? problem?.field("numbers[0].number")}
          rows={2}
          mono
        />
        <div role="alert" className={fault}>
          {save.isError ? <p>{save.error.message || t("error.unreachableText")}</p> : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
    </Dialog>
  );
}
