// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "@/api/administration";
import { useMe } from "@/api/session";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Moment } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { CreateDialog } from "./CreateDialog";
import { More } from "./More";
import { accountsQuery } from "./queries";

const tones: Readonly<Record<Account["state"], Tone>> = {
  active: "talking",
  suspended: "waiting",
  erasing: "missed",
};

// Left out on a telephone.
const minor: ReadonlySet<string> = new Set(["region", "timeZone", "created"]);

/** The call centres of this installation, for whoever looks after it. */
export function TenantsPage() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("tenant.write");
  const [adding, setAdding] = useState(false);
  const query = useInfiniteQuery(accountsQuery);
  const accounts = query.data?.pages.flatMap((page) => page.items) ?? [];
  const add = writes ? (
    <Button look="primary" icon={<Plus aria-hidden size={16} />} onPress={() => setAdding(true)}>
      {t("tenants.add")}
    </Button>
  ) : null;
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("tenants.title")} intro={t("tenants.intro")}>
        {accounts.length > 0 ? add : null}
      </PageHead>
      {query.isPending ? <SkeletonRows rows={4} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && accounts.length === 0 ? (
        <EmptyState title={t("tenants.empty")} text={t("tenants.emptyText")} action={add} />
      ) : null}
      {accounts.length > 0 ? (
        <div className="relative overflow-x-auto">
          <table className="w-full text-14">
            <thead className="text-12 text-ink-muted">
              <tr>
                {(["name", "state", "region", "timeZone", "created"] as const).map((column) => (
                  <th
                    key={column}
                    className={cx("py-1 pe-4 text-start font-strong", minor.has(column) && "max-sm:hidden")}
                  >
                    {t(`tenants.${column}`)}
                  </th>
                ))}
                <th>
                  <span className="sr-only">{t("ui.more")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {accounts.map((account) => (
                <tr key={account.uuid} className="border-t border-line">
                  <td className="py-2 pe-4">
                    <bdi className="font-strong">{account.name}</bdi>
                    <code className="block font-mono text-12 text-ink-muted">{account.slug}</code>
                  </td>
                  <td className="py-2 pe-4">
                    <span className="flex flex-wrap items-center gap-2">
                      <Badge tone={tones[account.state]}>{t(`tenants.state_${account.state}`)}</Badge>
                      {account.suspendedAt ? <Moment at={account.suspendedAt} /> : null}
                    </span>
                  </td>
                  <td className="py-2 pe-4 max-sm:hidden">{account.region}</td>
                  <td className="py-2 pe-4 max-sm:hidden">{account.timeZone}</td>
                  <td className="py-2 pe-4 max-sm:hidden">
                    <Moment at={account.createdAt} />
                  </td>
                  <td className="py-2 text-end">
                    <More account={account} writes={writes} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {query.hasNextPage ? (
        <div>
          <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {t("ui.loadMore")}
          </Button>
        </div>
      ) : null}
      {adding ? <CreateDialog onClose={() => setAdding(false)} /> : null}
    </div>
  );
}
