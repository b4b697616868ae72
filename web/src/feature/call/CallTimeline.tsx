// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Participant } from "@/api/types";
import { useQueueNames } from "@/decision/useQueueNames";
import { Button } from "@/ui/Button";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { Timeline } from "@/ui/Timeline";
import { EventItem } from "./EventItem";
import { eventsQuery } from "./queries";

export interface CallTimelineProps {
  readonly id: string;
  readonly participants: readonly Participant[];
  readonly at: string | undefined;
  readonly onInstant: (at: string | undefined) => void;
}

/** Everything that happened in a call, in the order it happened. */
export function CallTimeline({ id, participants, at, onInstant }: CallTimelineProps) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(eventsQuery(id));
  const queueNames = useQueueNames();
  const agentNames = useMemo(
    () => new Map(participants.map(({ actor, name }) => [actor, name])),
    [participants],
  );
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  if (query.isPending) {
    return <SkeletonRows rows={5} />;
  }
  if (query.isError) {
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  }
  const events = query.data.pages.flatMap((page) => page.items);
  if (events.length === 0) {
    return <p className="px-2 py-4 text-ink-muted">{t("call.noEvents")}</p>;
  }
  const instant = at === undefined ? Number.POSITIVE_INFINITY : Date.parse(at);
  const currentAt = events.findLastIndex((event) => Date.parse(event.at) <= instant);
  const toggle = (position: number) => {
    const next = new Set(open);
    if (!next.delete(position)) {
      next.add(position);
    }
    setOpen(next);
  };
  return (
    <>
      <Timeline label={t("call.timeline")}>
        {events.map((event, index) => {
          const current = at !== undefined && index === currentAt;
          return (
            <EventItem
              key={event.position}
              event={event}
              queueNames={queueNames}
              agentNames={agentNames}
              current={current}
              later={Date.parse(event.at) > instant}
              rawOpen={open.has(event.position)}
              onRaw={() => toggle(event.position)}
              onInstant={() => onInstant(current ? undefined : event.at)}
            />
          );
        })}
      </Timeline>
      {query.hasNextPage ? (
        <div className="flex items-center gap-3 px-2 py-3 text-12 text-ink-muted">
          {t("call.eventsTruncated")}
          <Button small onPress={() => void query.fetchNextPage()} isPending={query.isFetchingNextPage}>
            {t("ui.loadMore")}
          </Button>
        </div>
      ) : null}
    </>
  );
}
