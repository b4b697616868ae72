// SPDX-License-Identifier: Apache-2.0

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import { type CallState, callStates } from "@/api/types";
import { useBoard, useLive } from "@/feed/react";
import { Button } from "@/ui/Button";
import { LostBanner, ReturnedBanner } from "@/ui/ConnectionBanner";
import { Skeleton } from "@/ui/Skeleton";
import { EmptyState, NoRight, PartialNote } from "@/ui/State";
import { Board } from "./Board";
import { type BoardFilter, columnsOf } from "./columns";
import { EmptyBoard } from "./EmptyBoard";
import { Figures } from "./Figures";
import { Filters } from "./Filters";

const stateOf = (text: string | undefined): CallState =>
  callStates.find((state) => state === text) ?? "WAITING";

/** The live board. */
export function LivePage() {
  const { t } = useTranslation();
  const me = useMe();
  const { client, board } = useLive();
  const search = useSearch({ from: "/frame/" });
  const navigate = useNavigate({ from: "/" });
  const connection = useBoard((state) => state.connection);
  const missed = useBoard((state) => state.missed);
  const truncated = useBoard((state) => state.truncated);

  const change = useCallback(
    (parts: Partial<Record<keyof BoardFilter, string>>) =>
      void navigate({ search: (before) => ({ ...before, ...parts }), replace: true }),
    [navigate],
  );
  const stale = connection.phase === "lost";
  if (!me.rights.includes("feed.read")) {
    return <NoRight />;
  }
  return (
    <div className="flex min-h-0 grow flex-col gap-3 px-3 pt-3 pb-2 md:px-4">
      <h1 className="sr-only">{t("live.title")}</h1>
      <Figures stale={stale} />
      {connection.phase === "lost" ? (
        <LostBanner since={connection.since} onRetry={() => client.retryNow()} />
      ) : null}
      {connection.phase === "live" && missed ? (
        <ReturnedBanner calls={missed.calls} onDismiss={() => board.dismissMissed()} />
      ) : null}
      {truncated ? <PartialNote>{t("live.partial")}</PartialNote> : null}
      <Calls
        filter={search}
        column={stateOf(search.column)}
        openId={search.call}
        stale={stale}
        onFilter={change}
        onColumn={(column) => void navigate({ search: (before) => ({ ...before, column }), replace: true })}
        onOpen={(call) => void navigate({ search: (before) => ({ ...before, call, at: "" }) })}
      />
    </div>
  );
}

interface CallsProps {
  readonly filter: BoardFilter;
  readonly column: CallState;
  readonly openId: string | undefined;
  readonly stale: boolean;
  readonly onFilter: (parts: Partial<Record<keyof BoardFilter, string>>) => void;
  readonly onColumn: (state: CallState) => void;
  readonly onOpen: (id: string) => void;
}

function Calls({ filter, column, openId, stale, onFilter, onColumn, onOpen }: CallsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const cards = useBoard((state) => state.cards);
  const ready = useBoard((state) => state.ready);
  const { q, queue, agent, direction, connector } = useDeferredValue(filter);
  const narrowing = useMemo(
    () => ({
      q: q ?? "",
      queue: queue ?? "",
      agent: agent ?? "",
      direction: direction ?? "",
      connector: connector ?? "",
    }),
    [q, queue, agent, direction, connector],
  );
  const columns = useMemo(() => columnsOf(cards.values(), narrowing), [cards, narrowing]);
  if (!ready) {
    return <BoardSkeleton />;
  }
  if (cards.size === 0) {
    return <EmptyBoard />;
  }
  const shown = callStates.reduce((sum, state) => sum + columns[state].length, 0);
  return (
    <>
      <Filters filter={pick(filter)} cards={cards} onChange={onFilter} />
      {shown === 0 ? (
        <EmptyState
          title={t("live.noneMatch")}
          text={t("live.noneMatchText")}
          action={
            <Button onPress={() => void navigate({ to: "/calls", search: pick(filter) })}>
              {t("live.lookInCalls")}
            </Button>
          }
        />
      ) : (
        <Board
          columns={columns}
          openId={openId}
          onOpen={onOpen}
          column={column}
          onColumn={onColumn}
          stale={stale}
        />
      )}
    </>
  );
}

function pick({
  q = "",
  queue = "",
  agent = "",
  direction = "",
  connector = "",
}: BoardFilter): Required<BoardFilter> {
  return { q, queue, agent, direction, connector };
}

function BoardSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("ui.loading")} className="flex min-h-0 grow gap-2">
      {callStates.map((state) => (
        <div
          key={state}
          className="flex min-w-0 grow basis-0 flex-col gap-2 rounded-box px-2 pt-9 max-md:not-first:hidden"
        >
          <Skeleton className="h-[76px]" />
          <Skeleton className="h-[76px]" />
          <Skeleton className="h-[76px]" />
        </div>
      ))}
    </div>
  );
}
