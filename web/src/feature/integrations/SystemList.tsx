// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Integrator } from "@/api/integrations";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { LookUp } from "./LookUp";
import { integratorsQuery, useDeleteIntegrator } from "./queries";
import { SystemDialog } from "./SystemDialog";

/** The systems behind the addresses: their credentials, and how they are asked who is calling. */
export function SystemList({ writes }: { writes: boolean }) {
  const { t } = useTranslation();
  const query = useQuery(integratorsQuery);
  const [edited, setEdited] = useState<Integrator | "new" | null>(null);
  const systems = query.data?.items ?? [];
  const add = writes ? (
    <Button icon={<Plus aria-hidden size={16} />} onPress={() => setEdited("new")}>
      {t("integrations.addSystem")}
    </Button>
  ) : null;
  return (
    <div className="flex flex-col items-start gap-3">
      {query.isPending ? <SkeletonRows rows={4} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && systems.length === 0 ? (
        <EmptyState title={t("integrations.noSystems")} text={t("integrations.noSystemsText")} action={add} />
      ) : null}
      {systems.length > 0 ? add : null}
      <ul className="grid w-full grid-cols-[repeat(auto-fill,minmax(min(100%,420px),1fr))] gap-3">
        {systems.map((system) => (
          <SystemCard key={system._id} system={system} writes={writes} onEdit={() => setEdited(system)} />
        ))}
      </ul>
      {edited ? (
        <SystemDialog system={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      ) : null}
    </div>
  );
}

interface CardProps {
  readonly system: Integrator;
  readonly writes: boolean;
  readonly onEdit: () => void;
}

function SystemCard({ system, writes, onEdit }: CardProps) {
  const { t } = useTranslation();
  const remove = useDeleteIntegrator();
  const [asked, setAsked] = useState(false);
  return (
    <li className="flex min-w-0 flex-col gap-2 rounded-box border border-line bg-surface p-4">
      <h2 className="flex items-center gap-2 font-strong">
        <span className="truncate">{system.name}</span>
        {system.lookup ? <Badge tone="accent">{t("integrations.asked")}</Badge> : null}
      </h2>
      <code className="font-mono text-12 break-all text-ink-muted">{system.baseUrl}</code>
      <p className="text-12 text-ink-faint">
        {t(`integrations.auth_${system.auth}`)}
        {system.hasSecret ? " ••••••" : ""}
      </p>
      {system.lookup && writes ? <LookUp system={system} /> : null}
      {writes ? (
        <div className="mt-auto flex gap-2">
          <Button small onPress={onEdit}>
            {t("ui.edit")}
          </Button>
          <Button small look="danger" onPress={() => setAsked(true)}>
            {t("ui.delete")}
          </Button>
        </div>
      ) : null}
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("integrations.deleteConfirm", { name: system.name })}
        text={t("integrations.deleteSystemText")}
        act={t("ui.delete")}
        pending={remove.isPending}
        onAct={() =>
          remove.mutate(system._id, {
            onSuccess: () => toast(t("integrations.deleted", { name: system.name })),
            onError: (error) => toast(error.message, { bad: true }),
            onSettled: () => setAsked(false),
          })
        }
      />
    </li>
  );
}
