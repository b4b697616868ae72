// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { RotateCw } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import type { InboxItem } from "@/api/types";
import { bytes } from "@/format/text";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Moment, useClock } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { type Column, Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { InboxSheet } from "./InboxSheet";
import { connectorName, inboxQuery, useReprocess } from "./queries";

/** What could not be understood, with the reason, until it is. */
export function InboxPage() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("inbox.write");
  const { item: openId } = useSearch({ from: "/frame/inbox" });
  const navigate = useNavigate({ from: "/inbox" });
  const query = useInfiniteQuery(inboxQuery);
  const reprocess = useReprocess();
  const columns = useColumns();
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const open = rows.find((row) => String(row.id) === openId);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const all = () =>
    reprocess.mutate("all", {
      onSuccess: (result) => toast(t("inbox.result", { ...result })),
      onError: (error) => toast(error.message, { bad: true }),
    });
  return (
    <div className="flex min-h-0 grow flex-col gap-3 pt-3">
      <div className="px-3 md:px-4">
        <PageHead title={t("inbox.title")} intro={t("inbox.intro")}>
          {writes && rows.length > 0 ? (
            <Button icon={<RotateCw aria-hidden size={16} />} onPress={all} isPending={reprocess.isPending}>
              {t("inbox.reprocessAll")}
            </Button>
          ) : null}
        </PageHead>
      </div>
      {query.isPending ? <SkeletonRows rows={10} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && rows.length === 0 ? (
        <EmptyState title={t("inbox.empty")} text={t("inbox.emptyText")} />
      ) : null}
      {rows.length > 0 ? (
        <Table
          label={t("inbox.title")}
          columns={columns}
          rows={rows}
          keyOf={(row) => String(row.id)}
          openKey={openId}
          onOpen={(row) => void navigate({ search: (before) => ({ ...before, item: String(row.id) }) })}
          narrow={(row) => <NarrowRow item={row} />}
          onNearEnd={onNearEnd}
          foot={
            <p role="status" className="px-4 py-3 text-12 text-ink-faint">
              {hasNextPage ? t("calls.loadingMore") : t("inbox.end")}
            </p>
          }
        />
      ) : null}
      {open ? (
        <InboxSheet
          item={open}
          writes={writes}
          onClose={() => void navigate({ search: (before) => ({ ...before, item: "" }) })}
        />
      ) : null}
    </div>
  );
}

function useColumns(): readonly Column<InboxItem>[] {
  const { t } = useTranslation();
  const { locale } = useClock();
  return useMemo(
    () => [
      {
        id: "received",
        header: t("inbox.received"),
        width: "132px",
        cell: (row) => <Moment at={row.receivedAt} />,
      },
      { id: "reason", header: t("inbox.reason"), width: "minmax(240px, 3fr)", cell: (row) => row.reason },
      {
        id: "from",
        header: t("inbox.from"),
        width: "minmax(96px, 1fr)",
        cell: (row) =>
          connectorName(row) || <span className="text-ink-faint">{t("inbox.unknownSource")}</span>,
      },
      {
        id: "path",
        header: t("inbox.path"),
        width: "minmax(120px, 1fr)",
        cell: (row) => <code className="font-mono text-12 text-ink-muted">{row.path}</code>,
      },
      { id: "answered", header: t("inbox.answered"), width: "80px", end: true, cell: (row) => row.status },
      {
        id: "size",
        header: t("inbox.size"),
        width: "80px",
        end: true,
        cell: (row) => bytes(row.size, locale),
      },
      { id: "state", header: t("inbox.status"), width: "104px", cell: (row) => <ItemState item={row} /> },
    ],
    [t, locale],
  );
}

function ItemState({ item }: { item: InboxItem }) {
  const { t } = useTranslation();
  return item.reprocessedAt ? (
    <Badge tone="talking">{t("inbox.doneShort")}</Badge>
  ) : (
    <Badge tone="waiting">{t("inbox.open")}</Badge>
  );
}

function NarrowRow({ item }: { item: InboxItem }) {
  return (
    <div className="flex items-center justify-between gap-3">
      <span className="min-w-0">
        <span className="block truncate">{item.reason}</span>
        <span className="block truncate text-12 text-ink-muted">
          <Moment at={item.receivedAt} /> {connectorName(item)}
        </span>
      </span>
      <ItemState item={item} />
    </div>
  );
}
