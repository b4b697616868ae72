// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApiKey, ApiKeyShown } from "@/api/people";
import { useMe } from "@/api/session";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Confirm, Dialog } from "@/ui/Dialog";
import { Moment } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { AccessKey } from "./AccessKey";
import { KeyDialog } from "./KeyDialog";
import { keysQuery, useRevokeKey, useRotateKey } from "./queries";

/** The keys by which programs act for this call centre. */
export function KeysPage() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("key.write");
  const query = useQuery(keysQuery);
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<ApiKeyShown | null>(null);
  const keys = query.data?.items ?? [];
  const add = writes ? (
    <Button look="primary" icon={<Plus aria-hidden size={16} />} onPress={() => setAdding(true)}>
      {t("keys.add")}
    </Button>
  ) : null;
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("keys.title")} intro={t("keys.intro")}>
        {keys.length > 0 ? add : null}
      </PageHead>
      {query.isPending ? <SkeletonRows rows={4} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && keys.length === 0 ? (
        <EmptyState title={t("keys.empty")} text={t("keys.emptyText")} action={add} />
      ) : null}
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,420px),1fr))] gap-3">
        {keys.map((key) => (
          <KeyCard key={key.id} of={key} writes={writes} onShow={setShown} />
        ))}
      </ul>
      <AccessKey />
      {adding ? <KeyDialog onClose={() => setAdding(false)} onCreated={setShown} /> : null}
      {shown ? <Shown of={shown} onClose={() => setShown(null)} /> : null}
    </div>
  );
}

/** A new key, this once. */
function Shown({ of, onClose }: { of: ApiKeyShown; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onClose={onClose}
      title={of.name}
      actions={
        <Button look="primary" onPress={onClose}>
          {t("keys.kept")}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-ink-muted">{t("keys.once")}</p>
        <code className="rounded-box border border-line bg-sunken p-2 font-mono text-12 break-all">
          {of.key}
        </code>
        <div>
          <CopyButton text={of.key} label={t("keys.copy")} word={t("keys.copy")} />
        </div>
      </div>
    </Dialog>
  );
}

function KeyCard({
  of,
  writes,
  onShow,
}: {
  of: ApiKey;
  writes: boolean;
  onShow: (key: ApiKeyShown) => void;
}) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const rotate = useRotateKey();
  const revoke = useRevokeKey();
  const onError = (error: Error) => toast(error.message, { bad: true });
  return (
    <li className="flex min-w-0 flex-col gap-2 rounded-box border border-line bg-surface p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 text-14 font-strong wrap-anywhere">{of.name}</h2>
        {of.replacedBy ? <Badge tone="waiting">{t("keys.replaced")}</Badge> : null}
      </div>
      <dl className="grid grid-cols-[minmax(96px,max-content)_minmax(0,1fr)] gap-x-3 gap-y-1">
        <dt className="text-12 text-ink-muted">{t("keys.prefix")}</dt>
        <dd>
          <code className="font-mono text-12">{`${of.prefix}…`}</code>
        </dd>
        <dt className="text-12 text-ink-muted">{t("keys.rights")}</dt>
        <dd className="min-w-0 text-12 wrap-anywhere">
          {of.rights ? of.rights.join(", ") : t("keys.allRights")}
        </dd>
        <dt className="text-12 text-ink-muted">{t("keys.lastUsed")}</dt>
        <dd>{of.lastUsedAt ? <Moment at={of.lastUsedAt} /> : t("keys.never")}</dd>
        <dt className="text-12 text-ink-muted">{t("keys.expires")}</dt>
        <dd>{of.expiresAt ? <Moment at={of.expiresAt} /> : t("keys.notExpiring")}</dd>
      </dl>
      {writes ? (
        <div className="flex gap-2">
          {of.replacedBy ? null : (
            <Button
              isPending={rotate.isPending}
              onPress={() => rotate.mutate(of.id, { onError, onSuccess: onShow })}
            >
              {t("keys.rotate")}
            </Button>
          )}
          <Button look="danger" onPress={() => setAsked(true)}>
            {t("keys.revoke")}
          </Button>
        </div>
      ) : null}
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("keys.revoke")}
        text={t("keys.revokeText", { name: of.name })}
        act={t("keys.revoke")}
        pending={revoke.isPending}
        onAct={() => revoke.mutate(of.id, { onError, onSuccess: () => setAsked(false) })}
      />
    </li>
  );
}
