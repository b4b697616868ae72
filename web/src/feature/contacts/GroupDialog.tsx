// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ContactGroup } from "@/api/contacts";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { ChipSwitch } from "@/ui/Chip";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { useSaveGroup } from "./groups";

export interface GroupDialogProps {
  readonly group: ContactGroup | null;
  /** What a new group is to choose its contacts by. */
  readonly search?: string;
  readonly onClose: () => void;
  readonly onSaved?: (group: ContactGroup) => void;
}

const kinds = ["list", "filter"] as const;
const numbers = ["any", "with", "without"] as const;

function numbersOf(hasNumber: boolean | undefined): string {
  if (hasNumber === undefined) return "any";
  return hasNumber ? "with" : "without";
}

/** Makes a group of contacts, or changes one. */
export function GroupDialog({ group, search = "", onClose, onSaved }: GroupDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const [name, setName] = useState(group?.name ?? "");
  const [description, setDescription] = useState(group?.description ?? "");
  const [kind, setKind] = useState<string>(group?.kind ?? (search ? "filter" : "list"));
  const [words, setWords] = useState(group?.filter.search ?? search);
  const [number, setNumber] = useState(numbersOf(group?.filter.hasNumber));
  const [shared, setShared] = useState(group?.shared ?? true);
  const save = useSaveGroup();
  const problem = save.error instanceof Problem ? save.error : null;
  const submit = () => {
    const { hasNumber: _, ...others } = group?.filter ?? {};
    const filter = {
      ...others,
      search: words.trim(),
      ...(number === "any" ? {} : { hasNumber: number === "with" }),
    };
    save.mutate(
      {
        id: group?._id ?? null,
        change: { name, description, kind, shared, ...(kind === "filter" ? { filter } : {}) },
      },
      {
        onSuccess: (saved) => {
          toast(t("groups.saved", { name: saved.name }));
          onClose();
          onSaved?.(saved);
        },
      },
    );
  };
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {group ? t("ui.save") : t("groups.add")}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={group ? t("groups.edit") : t("groups.add")} actions={actions}>
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field
          label={t("groups.name")}
          value={name}
          onChange={setName}
          error={problem?.field("name")}
          required
          autoFocus
        />
        <Field
          label={t("groups.description")}
          value={description}
          onChange={setDescription}
          error={problem?.field("description")}
        />
        <Select
          label={t("groups.kind")}
          value={kind}
          onChange={setKind}
          choices={kinds.map((id) => ({
            id,
            text: t(`groups.kind_${id}`),
            detail: t(`groups.kindDetail_${id}`),
          }))}
          disabled={group !== null}
        />
        {kind === "filter" ? (
          <div className="grid items-start gap-4 sm:grid-cols-2">
            <Field
              label={t("groups.search")}
              help={t("groups.searchHelp")}
              value={words}
              onChange={setWords}
              error={problem?.field("search")}
            />
            <Select
              label={t("groups.number")}
              value={number}
              onChange={setNumber}
              choices={numbers.map((id) => ({ id, text: t(`groups.number_${id}`) }))}
            />
          </div>
        ) : null}
        <div>
          <ChipSwitch label={t("groups.shared")} value={shared} onChange={setShared} />
        </div>
        <div role="alert" className={fault}>
          {save.isError ? <p>{save.error.message || t("error.unreachableText")}</p> : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
    </Dialog>
  );
}
