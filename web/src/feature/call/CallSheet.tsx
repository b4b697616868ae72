// SPDX-License-Identifier: Apache-2.0

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { Call, Participant } from "@/api/types";
import { useBoard } from "@/feed/react";
import { preciseMoment } from "@/format/time";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Duration, LiveDuration } from "@/ui/Duration";
import { useClock } from "@/ui/Moment";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { Sheet } from "@/ui/Sheet";
import { Skeleton } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { lookOf, StatePill } from "@/ui/StatePill";
import { CallTimeline } from "./CallTimeline";
import { Facts } from "./Facts";
import { callQuery } from "./queries";

const nobody: readonly Participant[] = [];

export interface CallSheetProps {
  readonly id: string;
  /** The instant to show the call at; now when absent. */
  readonly at: string | undefined;
  readonly onClose: () => void;
  readonly onInstant: (at: string | undefined) => void;
}

/** One call: what it is, and everything that happened in it. */
export function CallSheet({ id, at, onClose, onInstant }: CallSheetProps) {
  const { t } = useTranslation();
  const query = useQuery(callQuery(id, at));
  useFollowed(id);
  const call = query.data;
  return (
    <Sheet
      label={t("call.sheet", { id: call?.callId ?? id })}
      subject={id}
      onClose={onClose}
      header={call ? <Head call={call} past={at !== undefined} /> : <Skeleton className="h-10 w-60" />}
    >
      {at !== undefined ? <PastBanner at={at} onNow={() => onInstant(undefined)} /> : null}
      {query.isError ? <Trouble error={query.error} onRetry={() => void query.refetch()} /> : null}
      {call ? <Facts call={call} past={at !== undefined} /> : null}
      {query.isError ? null : (
        <section className="border-t border-line px-2 pt-3 pb-8">
          <h3 className="mb-2 px-2 text-14 font-strong">{t("call.timeline")}</h3>
          <CallTimeline id={id} participants={call?.participants ?? nobody} at={at} onInstant={onInstant} />
        </section>
      )}
    </Sheet>
  );
}

/** While the call goes on, what the live view says makes the sheet read again. */
function useFollowed(id: string): void {
  const queries = useQueryClient();
  const position = useBoard((state) => state.cards.get(Number(id))?.position);
  useEffect(() => {
    if (position !== undefined) {
      void queries.invalidateQueries({ queryKey: ["call", id, "events"] });
      void queries.invalidateQueries({ queryKey: ["call", id, "at", "now"] });
    }
  }, [queries, id, position]);
}

function Trouble({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  return error instanceof Problem && error.status === 404 ? (
    <EmptyState title={t("call.gone")} text={t("call.goneText")} />
  ) : (
    <ErrorState error={error} onRetry={onRetry} />
  );
}

function PastBanner({ at, onNow }: { at: string; onNow: () => void }) {
  const { t } = useTranslation();
  const clock = useClock();
  return (
    <div
      role="status"
      className="sticky top-0 z-10 flex items-center gap-2 bg-accent-soft py-1 ps-4 pe-3 text-12 font-strong text-accent-ink"
    >
      <span className="tabular grow">{t("call.asItWas", { time: preciseMoment(clock, at) })}</span>
      <Button small onPress={onNow}>
        {t("call.backToNow")}
      </Button>
    </div>
  );
}

function Head({ call, past }: { call: Call; past: boolean }) {
  const { t } = useTranslation();
  const { times } = call;
  const ended = times.ended ?? times.finished;
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center gap-3">
        <h2 className="min-w-0 truncate text-18 font-strong">
          {call.caller?.name ? (
            <bdi>{call.caller.name}</bdi>
          ) : (
            <PhoneNumber raw={call.theirNumber} national={call.theirNational} withheld={call.withheld} />
          )}
        </h2>
        <span className="shrink-0" data-testid="sheet-state">
          <StatePill look={lookOf(call.state, call.outcome)} />
        </span>
        <span className="text-ink-muted">
          {times.new && ended ? <Duration from={times.new} to={ended} /> : null}
          {times.new && !ended && !past ? <LiveDuration since={times.new} /> : null}
        </span>
      </div>
      <p className="flex min-w-0 items-center gap-1 text-12 text-ink-faint">
        <code className="truncate font-mono select-all">{call.callId}</code>
        <CopyButton text={call.callId} label={t("call.copyId")} />
      </p>
    </div>
  );
}
