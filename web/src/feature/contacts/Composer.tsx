// SPDX-License-Identifier: Apache-2.0

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { serverNow } from "@/api/clock";
import type { Contact } from "@/api/contacts";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { control, fault, label } from "@/ui/style";
import { Segmented } from "@/ui/Tabs";
import { toast } from "@/ui/Toast";
import { useAddActivity } from "./queries";

type Kind = "note" | "reminder" | "sms";

const hourMs = 3_600_000;

/** The time as the browser's own field wants it: local, to the minute. */
function localMinute(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
}

/** Writes a note, a reminder or a message about a contact. */
export function Composer({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind>("note");
  const [text, setText] = useState("");
  const [due, setDue] = useState(() => localMinute(serverNow() + 24 * hourMs));
  const add = useAddActivity();
  const problem = add.error instanceof Problem ? add.error : null;
  const submit = () => {
    const body =
      kind === "reminder"
        ? { duedate: new Date(due).getTime(), status: "unchecked" as const }
        : kind === "sms"
          ? { to: contact.phone }
          : {};
    add.mutate(
      { idContact: contact._id, type: kind, text, body },
      {
        onSuccess: () => {
          setText("");
          toast(t(`contacts.added_${kind}`));
        },
      },
    );
  };
  const kinds: readonly Kind[] = contact.phone ? ["note", "reminder", "sms"] : ["note", "reminder"];
  return (
    <form
      className="flex flex-col gap-3 rounded-box border border-line bg-surface p-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Segmented
        label={t("contacts.write")}
        value={kind}
        onChange={(id) => setKind(id as Kind)}
        choices={kinds.map((id) => ({ id, content: t(`contacts.kind_${id}`) }))}
      />
      <Field
        label={t(`contacts.text_${kind}`)}
        hideLabel
        placeholder={t(`contacts.text_${kind}`)}
        value={text}
        onChange={setText}
        error={problem?.field("text")}
        rows={2}
      />
      <div className="flex flex-wrap items-end gap-3">
        {kind === "reminder" ? (
          <label className="flex flex-col gap-1">
            <span className={label}>{t("contacts.due")}</span>
            <input
              type="datetime-local"
              required
              value={due}
              onChange={(event) => setDue(event.target.value)}
              className={`${control} tabular w-56`}
            />
          </label>
        ) : null}
        <span role="alert" className={fault}>
          {add.isError ? add.error.message || t("error.unreachableText") : null}
        </span>
        <span className="grow" />
        <Button
          look="primary"
          type="submit"
          isPending={add.isPending}
          isDisabled={text.trim() === "" || (kind === "reminder" && due === "")}
        >
          {t(`contacts.act_${kind}`)}
        </Button>
      </div>
    </form>
  );
}
