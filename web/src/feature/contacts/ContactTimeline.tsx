// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  AlarmClock,
  MessageSquare,
  PhoneIncoming,
  PhoneMissed,
  PhoneOutgoing,
  StickyNote,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Activity } from "@/api/contacts";
import { duration } from "@/format/duration";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Moment } from "@/ui/Moment";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { Timeline, TimelineItem } from "@/ui/Timeline";
import { timelineQuery, useCheckReminder } from "./queries";

/** Calls, notes, reminders and messages, the newest first. */
export function ContactTimeline({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(timelineQuery(id));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isPending) return <SkeletonRows rows={6} />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (items.length === 0) return <p className="text-14 text-ink-muted">{t("contacts.nothingYet")}</p>;
  return (
    <div className="flex flex-col gap-3">
      <Timeline label={t("contacts.timeline")}>
        {items.map((activity) => (
          <Item key={activity._id} activity={activity} />
        ))}
      </Timeline>
      {query.hasNextPage ? (
        <div>
          <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {t("contacts.older")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

const tones: Partial<Record<string, Tone>> = {
  missed: "missed",
  rejected: "missed",
  busy: "waiting",
  connected: "talking",
  failed: "missed",
};

function markOf({ type, body }: Activity) {
  switch (type) {
    case "note":
      return StickyNote;
    case "reminder":
      return AlarmClock;
    case "sms":
      return MessageSquare;
    default:
      if (body.status === "missed") return PhoneMissed;
      return body.direction === "outgoing" ? PhoneOutgoing : PhoneIncoming;
  }
}

function Item({ activity }: { activity: Activity }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const check = useCheckReminder();
  const { type, body, text, call } = activity;
  const Mark = markOf(activity);
  const status = body.status ?? "";
  const title =
    type === "calllog" ? t(`contacts.call_${body.direction || "incoming"}`) : t(`contacts.kind_${type}`);
  return (
    <TimelineItem
      time={<Moment at={new Date(activity.at).toISOString()} />}
      mark={<Mark aria-hidden size={14} className="text-ink-muted" />}
      title={
        <span className="flex flex-wrap items-center gap-2">
          <span>{title}</span>
          {status && !(type === "reminder" && status === "unchecked") ? (
            <Badge tone={tones[status] ?? "neutral"}>{t(`contacts.status_${status}`)}</Badge>
          ) : null}
          {type === "calllog" && body.duration ? (
            <span className="tabular text-12 text-ink-muted">{duration(body.duration * 1000)}</span>
          ) : null}
          {type === "reminder" && body.duedate ? (
            <span className="text-12 text-ink-muted">
              {t("contacts.dueAt")} <Moment at={new Date(body.duedate).toISOString()} />
            </span>
          ) : null}
        </span>
      }
      aside={
        call ? (
          <Button
            small
            look="quiet"
            onPress={() =>
              void navigate({ to: ".", search: (before: object) => ({ ...before, call: String(call.id) }) })
            }
          >
            {t("contacts.openCall")}
          </Button>
        ) : type === "reminder" ? (
          <Button
            small
            look="quiet"
            isPending={check.isPending}
            onPress={() =>
              check.mutate({ id: activity._id, status: status === "checked" ? "unchecked" : "checked" })
            }
          >
            {status === "checked" ? t("reminders.uncheck") : t("reminders.check")}
          </Button>
        ) : null
      }
    >
      {text ? <p className="max-w-[70ch] wrap-anywhere whitespace-pre-line">{text}</p> : null}
      {body.error ? <p className="text-12 text-missed-ink">{body.error}</p> : null}
    </TimelineItem>
  );
}
