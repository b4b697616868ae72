// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MissedCall } from "@/api/contacts";
import { useMe } from "@/api/session";
import { figure } from "@/format/number";
import { Button } from "@/ui/Button";
import { ChipSwitch } from "@/ui/Chip";
import { Moment, useClock } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { type Column, Table } from "@/ui/Table";
import { toast } from "@/ui/Toast";
import { missedQuery, useClaim } from "./queries";

/** Who called and reached nobody, until somebody reaches them. */
export function MissedCallsPage() {
  const { t } = useTranslation();
  const { mine, done } = useSearch({ from: "/frame/missed-calls" });
  const navigate = useNavigate({ from: "/missed-calls" });
  const query = useInfiniteQuery(missedQuery(done !== "true", mine === "true"));
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useColumns();
  const set = (change: { mine?: string; done?: string }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <div className="flex min-h-0 grow flex-col gap-3 pt-3">
      <div className="flex flex-col gap-3 px-3 md:px-4">
        <PageHead title={t("missed.title")} intro={t("missed.intro")} />
        <div className="flex flex-wrap gap-2">
          <ChipSwitch
            label={t("missed.mine")}
            value={mine === "true"}
            onChange={(on) => set({ mine: on ? "true" : "" })}
          />
          <ChipSwitch
            label={t("missed.done")}
            value={done === "true"}
            onChange={(on) => set({ done: on ? "true" : "" })}
          />
        </div>
      </div>
      {query.isPending ? <SkeletonRows rows={12} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && rows.length === 0 ? (
        <EmptyState title={t("missed.empty")} text={t("missed.emptyText")} />
      ) : null}
      {rows.length > 0 ? (
        <Table
          label={t("missed.title")}
          columns={columns}
          rows={rows}
          keyOf={(row) => row.id}
          onOpen={(row) =>
            void navigate({ search: (before) => ({ ...before, call: String(row.call.id), at: "" }) })
          }
          narrow={(row) => <NarrowRow missed={row} />}
          onNearEnd={onNearEnd}
        />
      ) : null}
    </div>
  );
}

function useColumns(): readonly Column<MissedCall>[] {
  const { t } = useTranslation();
  const { locale } = useClock();
  return useMemo(
    () => [
      { id: "newest", header: t("missed.newest"), width: "132px", cell: (m) => <Moment at={m.newestAt} /> },
      { id: "who", header: t("missed.who"), width: "minmax(200px, 2fr)", cell: (m) => <Who missed={m} /> },
      {
        id: "count",
        header: t("missed.count"),
        width: "88px",
        end: true,
        cell: (m) => <span className="tabular">{figure(m.count, locale)}</span>,
      },
      {
        id: "claim",
        header: t("missed.claim"),
        width: "minmax(200px, 1fr)",
        cell: (m) => <Claim missed={m} />,
      },
    ],
    [t, locale],
  );
}

function Who({ missed }: { missed: MissedCall }) {
  const number = <PhoneNumber raw={missed.number} national={missed.national} />;
  return missed.contact?.name ? (
    <span className="flex min-w-0 gap-2">
      <bdi className="truncate font-strong">{missed.contact.name}</bdi>
      <span className="shrink-0 text-ink-muted">{number}</span>
    </span>
  ) : (
    <span className="font-strong">{number}</span>
  );
}

function Claim({ missed }: { missed: MissedCall }) {
  const { t } = useTranslation();
  const me = useMe();
  const claim = useClaim();
  if (!missed.open) {
    return (
      <span className="text-ink-muted">
        {t("missed.reached")} {missed.reachedAt ? <Moment at={missed.reachedAt} /> : null}
      </span>
    );
  }
  const mayClaim = me.rights.includes("activity.write") || me.rights.includes("activity.write.own");
  const act = (what: "claim" | "release") =>
    claim.mutate({ id: missed.id, act: what }, { onError: (error) => toast(error.message, { bad: true }) });
  return (
    <span className="flex items-center gap-2">
      {missed.claim ? <bdi className="min-w-0 truncate">{missed.claim.agent.name}</bdi> : null}
      {mayClaim ? (
        <Button small isPending={claim.isPending} onPress={() => act(missed.claim ? "release" : "claim")}>
          {missed.claim ? t("missed.release") : t("missed.take")}
        </Button>
      ) : null}
    </span>
  );
}

function NarrowRow({ missed }: { missed: MissedCall }) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center justify-between gap-3">
      <span className="min-w-0">
        <span className="block truncate">
          <Who missed={missed} />
        </span>
        <span className="block text-12 text-ink-muted">
          <Moment at={missed.newestAt} /> {t("missed.times", { count: missed.count })}
        </span>
      </span>
      <Claim missed={missed} />
    </div>
  );
}
