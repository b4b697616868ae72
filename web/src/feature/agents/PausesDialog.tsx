// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { PauseReason } from "@/api/types";
import { Button, IconButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { reasonsQuery, useChangeReasons, useSetWrapUp, wrapUpQuery } from "./queries";

/** What the agents of a call centre pause for, and how long they rest after a call. */
export function PausesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const reasons = useQuery(reasonsQuery);
  const wrapUp = useQuery(wrapUpQuery);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("agents.pauses")}
      actions={<Button onPress={onClose}>{t("ui.close")}</Button>}
    >
      <div className="flex flex-col gap-4">
        {reasons.isPending ? <SkeletonRows rows={3} /> : null}
        {reasons.isError ? <ErrorState error={reasons.error} onRetry={() => void reasons.refetch()} /> : null}
        {reasons.data ? <Reasons list={reasons.data.items} /> : null}
        {wrapUp.data ? <WrapUp seconds={wrapUp.data.seconds} /> : null}
      </div>
    </Dialog>
  );
}

function Reasons({ list }: { list: readonly PauseReason[] }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const { add, remove } = useChangeReasons();
  const problem = add.error instanceof Problem ? add.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(name, { onSuccess: () => setName("") });
  };
  const tell = (error: unknown) =>
    toast(error instanceof Problem ? error.message : String(error), { bad: true });
  return (
    <section className="flex flex-col gap-2">
      <ul aria-label={t("agents.reasons")} className="flex flex-col">
        {list.map((reason) => (
          <li
            key={reason.id}
            className="flex min-h-9 items-center justify-between gap-2 border-b border-line"
          >
            <bdi className="min-w-0 truncate">{reason.name}</bdi>
            <IconButton
              label={t("agents.removeReason", { reason: reason.name })}
              icon={<Trash2 aria-hidden size={14} />}
              onPress={() => remove.mutate(reason.id, { onError: tell })}
            />
          </li>
        ))}
      </ul>
      <form onSubmit={submit} className="flex items-end gap-2">
        <div className="grow">
          <Field
            label={t("agents.newReason")}
            value={name}
            onChange={setName}
            error={problem ? (problem.field("name") ?? problem.message) : undefined}
          />
        </div>
        <Button type="submit" isDisabled={name.trim() === "" || add.isPending}>
          {t("agents.addReason")}
        </Button>
      </form>
    </section>
  );
}

function WrapUp({ seconds }: { seconds: number }) {
  const { t } = useTranslation();
  const [text, setText] = useState(String(seconds));
  const save = useSetWrapUp();
  const problem = save.error instanceof Problem ? save.error : null;
  const wanted = Number(text);
  const right = Number.isInteger(wanted) && wanted >= 0 && text.trim() !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(wanted, { onSuccess: () => toast(t("agents.saved")) });
  };
  return (
    <form onSubmit={submit} className="flex items-end gap-2">
      <div className="grow">
        <Field
          label={t("agents.wrapUp")}
          help={t("agents.wrapUpHelp")}
          type="number"
          value={text}
          onChange={setText}
          error={problem ? (problem.field("seconds") ?? problem.message) : undefined}
        />
      </div>
      <Button type="submit" isDisabled={!right || wanted === seconds || save.isPending}>
        {t("agents.save")}
      </Button>
    </form>
  );
}
