// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowUp } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Card } from "@/api/types";
import { useBoard } from "@/feed/react";
import { figure } from "@/format/number";
import { Button } from "@/ui/Button";
import { ColumnChoice, useColumnChoice } from "@/ui/ColumnChoice";
import { Duration, LiveDuration } from "@/ui/Duration";
import { Moment, useClock } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { lookOf, StatePill } from "@/ui/StatePill";
import { type Column, Table } from "@/ui/Table";
import { CallsFilters } from "./CallsFilters";
import { ExportButton } from "./ExportButton";
import { type CallsFilter, callsQuery, newerMax, newerQuery } from "./query";

/** Every call there ever was. */
export function CallsPage() {
  const { t } = useTranslation();
  const clock = useClock();
  const { call: openId, at: _at, ...filter } = useSearch({ from: "/frame/calls" });
  const navigate = useNavigate({ from: "/calls" });
  const query = useInfiniteQuery(callsQuery(filter, clock));
  const rows = useLiveRows(query.data?.pages.flatMap((page) => page.items));
  const columns = useColumns();
  const { shown, hidden, hide } = useColumnChoice("calls", columns);

  const onChange = useCallback(
    (change: Partial<Record<keyof CallsFilter, string>>) =>
      void navigate({ search: (before) => ({ ...before, ...change }), replace: true }),
    [navigate],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  return (
    <div className="flex min-h-0 grow flex-col gap-3 pt-3">
      <div className="flex flex-col gap-3 px-3 md:px-4">
        <PageHead title={t("calls.title")}>
          {rows.length > 0 ? <ExportButton filter={filter} key={JSON.stringify(filter)} /> : null}
          <span className="max-md:hidden">
            <ColumnChoice columns={columns} hidden={hidden} onHide={hide} />
          </span>
        </PageHead>
        <CallsFilters filter={filter} rows={rows} onChange={onChange} />
      </div>
      <Newer filter={filter} newest={rows[0]?.id ?? 0} standsStill={(query.data?.pages.length ?? 0) > 1} />
      {query.isPending ? <SkeletonRows rows={16} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && rows.length === 0 ? (
        <NoCalls filtered={Object.values(filter).some(Boolean)} onChange={onChange} />
      ) : null}
      {rows.length > 0 ? (
        <Table
          label={t("calls.title")}
          columns={shown}
          rows={rows}
          keyOf={(row) => String(row.id)}
          openKey={openId}
          onOpen={(row) =>
            void navigate({ search: (before) => ({ ...before, call: String(row.id), at: "" }) })
          }
          narrow={(row) => <NarrowRow call={row} />}
          onNearEnd={onNearEnd}
          foot={
            <p role="status" className="px-4 py-3 text-12 text-ink-faint">
              {hasNextPage ? t("calls.loadingMore") : t("calls.end")}
            </p>
          }
        />
      ) : null}
    </div>
  );
}

/** A list that someone has read far into does not move under their eyes; this says that there is more. */
function Newer({
  filter,
  newest,
  standsStill,
}: {
  filter: CallsFilter;
  newest: number;
  standsStill: boolean;
}) {
  const { t } = useTranslation();
  const clock = useClock();
  const queries = useQueryClient();
  const { data: count = 0 } = useQuery(newerQuery(filter, clock, newest, standsStill));
  if (!standsStill || count === 0) {
    return null;
  }
  const n = figure(count, clock.locale);
  return (
    <div role="status" className="flex justify-center">
      <Button
        small
        icon={<ArrowUp aria-hidden size={14} />}
        onPress={() => void queries.resetQueries({ queryKey: callsQuery(filter, clock).queryKey })}
      >
        {count < newerMax ? t("calls.newer", { count, n }) : t("calls.newerMany", { n })}
      </Button>
    </div>
  );
}

function NoCalls({
  filtered,
  onChange,
}: {
  filtered: boolean;
  onChange: (change: Record<string, string>) => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const none = { q: "", state: "", queue: "", agent: "", direction: "", connector: "", period: "", open: "" };
  return filtered ? (
    <EmptyState
      title={t("calls.noneMatch")}
      action={<Button onPress={() => onChange(none)}>{t("ui.clearFilters")}</Button>}
    />
  ) : (
    <EmptyState
      title={t("calls.empty")}
      text={t("calls.emptyText")}
      action={<Button onPress={() => void navigate({ to: "/connect" })}>{t("live.emptyAction")}</Button>}
    />
  );
}

/** The rows as they are at this moment: the live view is newer than the page that was fetched. */
function useLiveRows(rows: readonly Card[] | undefined): readonly Card[] {
  const cards = useBoard((state) => state.cards);
  return useMemo(
    () =>
      (rows ?? []).map((row) => {
        const live = cards.get(row.id);
        return live && live.position > row.position ? live : row;
      }),
    [rows, cards],
  );
}

function Who({ call, alone }: { call: Card; alone?: boolean }) {
  const number = (
    <PhoneNumber raw={call.theirNumber} national={call.theirNational} withheld={call.withheld} />
  );
  if (!call.caller?.name) {
    return <span className="font-strong">{number}</span>;
  }
  return (
    <span className="flex min-w-0 gap-2">
      <bdi className="truncate font-strong">{call.caller.name}</bdi>
      {alone ? null : <span className="shrink-0 text-ink-muted">{number}</span>}
    </span>
  );
}

function Waited({ call: { times, state } }: { call: Card }) {
  const to = times.answered ?? times.ended ?? times.finished;
  if (!times.waiting) return null;
  if (to) return <Duration from={times.waiting} to={to} />;
  return state === "FINISHED" ? null : <LiveDuration since={times.waiting} />;
}

function Talked({ call: { times, state } }: { call: Card }) {
  const to = times.ended ?? times.finished;
  if (!times.answered) return null;
  if (to) return <Duration from={times.answered} to={to} />;
  return state === "FINISHED" ? null : <LiveDuration since={times.answered} />;
}

function useColumns(): readonly Column<Card>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: "started",
        header: t("calls.started"),
        width: "124px",
        cell: (c) => <Moment at={c.times.new ?? c.updatedAt} />,
      },
      {
        id: "state",
        header: t("calls.state"),
        width: "112px",
        cell: (c) => <StatePill look={lookOf(c.state, c.outcome)} />,
      },
      { id: "who", header: t("calls.who"), width: "minmax(220px, 2fr)", cell: (c) => <Who call={c} /> },
      {
        id: "direction",
        header: t("live.direction"),
        width: "84px",
        cell: (c) => (c.direction ? t(`direction.${c.direction}`) : ""),
      },
      {
        id: "queue",
        header: t("calls.queue"),
        width: "minmax(136px, 1fr)",
        cell: (c) => (c.queue ? `${c.queue.number} ${c.queue.name}` : ""),
      },
      {
        id: "agent",
        header: t("calls.agent"),
        width: "minmax(96px, 1fr)",
        cell: (c) => <bdi>{c.agent ? c.agent.name || c.agent.login || c.agent.number : ""}</bdi>,
      },
      { id: "waited", header: t("calls.waited"), width: "72px", end: true, cell: (c) => <Waited call={c} /> },
      { id: "talked", header: t("calls.talked"), width: "72px", end: true, cell: (c) => <Talked call={c} /> },
      {
        id: "callId",
        header: t("calls.callId"),
        width: "minmax(132px, 1fr)",
        cell: (c) => <span className="text-ink-muted">{c.callId}</span>,
      },
    ],
    [t],
  );
}

function NarrowRow({ call }: { call: Card }) {
  return (
    <div className="flex items-center justify-between gap-3">
      <span className="min-w-0">
        <span className="block truncate">
          <Who call={call} alone />
        </span>
        <span className="block truncate text-12 text-ink-muted">
          <Moment at={call.times.new ?? call.updatedAt} />{" "}
          <bdi>
            {call.agent?.name ?? (call.queue ? `${call.queue.number} ${call.queue.name}` : call.callId)}
          </bdi>
        </span>
      </span>
      <StatePill look={lookOf(call.state, call.outcome)} />
    </div>
  );
}
