// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { useMe } from "@/api/session";
import type { Queue } from "@/api/types";
import { Button, IconButton } from "@/ui/Button";
import { Confirm, Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { queuesQuery, useDeleteQueue, useSaveQueue } from "./queries";

/** The phone system's queues and what people call them. */
export function Queues() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("routing.write");
  const query = useQuery(queuesQuery);
  const remove = useDeleteQueue();
  const [edited, setEdited] = useState<Queue | "new" | null>(null);
  const [doomed, setDoomed] = useState<Queue | null>(null);
  if (query.isPending) {
    return <SkeletonRows rows={4} />;
  }
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  }
  const add = writes ? (
    <Button icon={<Plus aria-hidden size={16} />} onPress={() => setEdited("new")}>
      {t("routing.addQueue")}
    </Button>
  ) : null;
  const queues = query.data.items;
  return (
    <section className="flex max-w-[720px] flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-ink-muted">{t("routing.queuesIntro")}</p>
        {queues.length > 0 ? add : null}
      </div>
      {queues.length === 0 ? (
        <EmptyState title={t("routing.queuesEmpty")} text={t("routing.queuesEmptyText")} action={add} />
      ) : (
        <ul className="rounded-box border border-line bg-surface">
          {queues.map((queue) => (
            <li
              key={queue.id}
              className="flex min-h-10 items-center gap-3 border-b border-line px-3 last:border-b-0"
            >
              <span className="tabular w-16 font-strong">{queue.number}</span>
              <bdi className="min-w-0 grow truncate">{queue.name}</bdi>
              {writes ? (
                <>
                  <IconButton
                    small
                    label={t("routing.editQueue")}
                    icon={<Pencil aria-hidden size={14} />}
                    onPress={() => setEdited(queue)}
                  />
                  <IconButton
                    small
                    label={t("ui.delete")}
                    icon={<Trash2 aria-hidden size={14} />}
                    onPress={() => setDoomed(queue)}
                  />
                </>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {edited ? (
        <QueueDialog queue={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      ) : null}
      <Confirm
        open={doomed !== null}
        onClose={() => setDoomed(null)}
        title={t("routing.queueDelete", { number: doomed?.number ?? "" })}
        text={t("routing.queueDeleteText", { number: doomed?.number ?? "" })}
        act={t("ui.delete")}
        pending={remove.isPending}
        onAct={() =>
          doomed &&
          remove.mutate(doomed.id, {
            onSuccess: () => toast(t("routing.queueDeleted", { number: doomed.number })),
            onError: (error) => toast(error.message, { bad: true }),
            onSettled: () => setDoomed(null),
          })
        }
      />
    </section>
  );
}

function QueueDialog({ queue, onClose }: { queue: Queue | null; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const [number, setNumber] = useState(queue?.number ?? "");
  const [name, setName] = useState(queue?.name ?? "");
  const save = useSaveQueue();
  const problem = save.error instanceof Problem ? save.error : null;
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {t("ui.save")}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={queue ? t("routing.editQueue") : t("routing.addQueue")}
      actions={actions}
    >
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(
            { id: queue?.id ?? null, number: number.trim(), name: name.trim() },
            {
              onSuccess: () => {
                toast(t("routing.queueSaved", { number: number.trim() }));
                onClose();
              },
            },
          );
        }}
      >
        <Field
          label={t("routing.queueNumber")}
          value={number}
          onChange={setNumber}
          error={problem?.field("number")}
          required
          autoFocus
        />
        <Field
          label={t("routing.queueName")}
          value={name}
          onChange={setName}
          error={problem?.field("name")}
          required
        />
        <p role="alert" className={fault}>
          {save.isError ? save.error.message || t("error.unreachableText") : null}
        </p>
      </form>
    </Dialog>
  );
}
