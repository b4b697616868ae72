// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Ellipsis, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApiKey, ApiKeyShown } from "@/api/people";
import { useMe } from "@/api/session";
import { figure } from "@/format/number";
import { Badge } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { cx } from "@/ui/cx";
import { Confirm, Dialog } from "@/ui/Dialog";
import { Menu } from "@/ui/Menu";
import { Moment } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { useRightName } from "@/ui/rightName";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { AccessKey } from "./AccessKey";
import { KeyDialog } from "./KeyDialog";
import { keysQuery, useRevokeKey, useRotateKey } from "./queries";

interface KeyRowProps {
  readonly of: ApiKey;
  readonly writes: boolean;
  readonly onShow: (key: ApiKeyShown) => void;
}

const rightsShown = 2;

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
      {keys.length > 0 ? (
        <div className="relative overflow-x-auto">
          <table className="w-full text-14">
            <thead className="text-12 text-ink-muted">
              <tr>
                {(["name", "rights", "lastUsed", "expires"] as const).map((column) => (
                  <th
                    key={column}
                    className={cx("py-1 pe-4 text-start font-strong", column !== "name" && "max-sm:hidden")}
                  >
                    {t(`keys.${column}`)}
                  </th>
                ))}
                <th>
                  <span className="sr-only">{t("ui.more")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => (
                <KeyRow key={key.id} of={key} writes={writes} onShow={setShown} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
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

/** A right or two in words, and how many more there are; all of them on hover. */
function Rights({ of }: { of: ApiKey }) {
  const { t, i18n } = useTranslation();
  const nameOf = useRightName();
  if (!of.rights) {
    return t("keys.allRights");
  }
  const names = of.rights.map((right) => nameOf(right, right));
  const more = names.length - rightsShown;
  return (
    <span title={names.join("\n")}>
      {names.slice(0, rightsShown).join("; ")}
      {more > 0 ? ` ${t("keys.moreRights", { n: figure(more, i18n.language) })}` : ""}
    </span>
  );
}

function KeyRow({ of, writes, onShow }: KeyRowProps) {
  const { t } = useTranslation();
  const used = of.lastUsedAt ? <Moment at={of.lastUsedAt} /> : t("keys.never");
  const expires = of.expiresAt ? <Moment at={of.expiresAt} /> : t("keys.notExpiring");
  return (
    <tr className="border-t border-line align-top">
      <td className="min-w-40 py-2 pe-4">
        <span className="flex flex-wrap items-center gap-2">
          <bdi className="font-strong wrap-anywhere">{of.name}</bdi>
          {of.replacedBy ? <Badge tone="waiting">{t("keys.replaced")}</Badge> : null}
        </span>
        {of.prefix ? <code className="font-mono text-12 text-ink-muted">{`${of.prefix}…`}</code> : null}
        <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-3 text-12 text-ink-muted sm:hidden">
          <dt>{t("keys.rights")}</dt>
          <dd className="wrap-anywhere">
            <Rights of={of} />
          </dd>
          <dt>{t("keys.lastUsed")}</dt>
          <dd>{used}</dd>
          <dt>{t("keys.expires")}</dt>
          <dd>{expires}</dd>
        </dl>
      </td>
      <td className="min-w-48 py-2 pe-4 wrap-anywhere text-ink-muted max-sm:hidden">
        <Rights of={of} />
      </td>
      <td className="py-2 pe-4 whitespace-nowrap max-sm:hidden">{used}</td>
      <td className="py-2 pe-4 whitespace-nowrap max-sm:hidden">{expires}</td>
      <td className="py-2 text-end">{writes ? <More of={of} onShow={onShow} /> : null}</td>
    </tr>
  );
}

function More({ of, onShow }: Omit<KeyRowProps, "writes">) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const rotate = useRotateKey();
  const revoke = useRevokeKey();
  const { id, name } = of;
  const onError = (error: Error) => toast(error.message || t("error.unreachableText"), { bad: true });
  const replace = {
    id: "rotate",
    text: t("keys.rotate"),
    onChoose: () => rotate.mutate(id, { onError, onSuccess: onShow }),
  };
  const label = t("keys.moreOf", { name });
  return (
    <>
      <Menu
        label={label}
        trigger={<IconButton small label={label} icon={<Ellipsis aria-hidden size={16} />} />}
        choices={[
          ...(of.replacedBy ? [] : [replace]),
          { id: "revoke", text: t("keys.revoke"), danger: true, onChoose: () => setAsked(true) },
        ]}
      />
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("keys.revoke")}
        text={t("keys.revokeText", { name })}
        act={t("keys.revoke")}
        pending={revoke.isPending}
        onAct={() => revoke.mutate(id, { onError, onSuccess: () => setAsked(false) })}
      />
    </>
  );
}
