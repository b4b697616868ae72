// SPDX-License-Identifier: Apache-2.0

import type { TFunction } from "i18next";
import { Braces, GitBranch, History, PhoneForwarded, PhoneMissed, Undo2, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { CallEvent, CallState } from "@/api/types";
import { DecisionView } from "@/decision/DecisionView";
import { decisionOf } from "@/decision/decision";
import { destinationWords } from "@/decision/words";
import { duration } from "@/format/duration";
import { Badge } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Moment } from "@/ui/Moment";
import { StateShape } from "@/ui/StatePill";
import { TimelineItem } from "@/ui/Timeline";
import { eventWords, isOwn, member } from "./eventWords";

const states: Record<string, CallState> = {
  "call.new": "NEW",
  "call.standby": "STANDBY",
  "call.waiting": "WAITING",
  "call.ongoing": "ONGOING",
  "call.finished": "FINISHED",
};

export interface EventItemProps {
  readonly event: CallEvent;
  readonly queueNames: ReadonlyMap<string, string>;
  /** Names of the agents by their actor. */
  readonly agentNames: ReadonlyMap<string, string>;
  readonly current: boolean;
  readonly later: boolean;
  readonly rawOpen: boolean;
  readonly onRaw: () => void;
  /** Shows the call as it was when this had happened; back to now when it already is. */
  readonly onInstant: () => void;
}

/** One event of a call, with everything that is known about it. */
export function EventItem({
  event,
  queueNames,
  agentNames,
  current,
  later,
  rawOpen,
  onRaw,
  onInstant,
}: EventItemProps) {
  const { t } = useTranslation();
  const aside = (
    <>
      <IconButton
        small
        label={rawOpen ? t("call.hideRaw") : t("call.showRaw")}
        icon={<Braces aria-hidden size={14} />}
        aria-expanded={rawOpen}
        onPress={onRaw}
      />
      <IconButton
        small
        label={current ? t("call.backToNow") : t("call.showAt")}
        icon={current ? <Undo2 aria-hidden size={14} /> : <History aria-hidden size={14} />}
        onPress={onInstant}
      />
    </>
  );
  return (
    <TimelineItem
      time={<Moment at={event.at} precise />}
      mark={<Mark event={event} />}
      title={
        <span className="inline-flex flex-wrap items-center gap-x-2">
          <Title event={event} queueNames={queueNames} agentNames={agentNames} />
          <Marks event={event} />
        </span>
      }
      aside={aside}
      current={current}
      later={later}
    >
      <Body event={event} />
      {rawOpen ? <Raw event={event} /> : null}
    </TimelineItem>
  );
}

function Mark({ event }: { event: CallEvent }) {
  const state = states[event.type];
  if (state) {
    return <StateShape look={state} />;
  }
  if (event.type === "routing.decided") {
    return <GitBranch aria-hidden size={14} className="text-accent-ink" />;
  }
  if (event.type === "command.sent") {
    return <PhoneForwarded aria-hidden size={14} className="text-accent-ink" />;
  }
  if (event.type === "command.missed") {
    return <PhoneMissed aria-hidden size={14} className="text-missed" />;
  }
  if (event.type.startsWith("actor.")) {
    return <UserRound aria-hidden size={14} className="text-ink-faint" />;
  }
  return <span aria-hidden className="size-1 rounded-pill bg-line-strong" />;
}

function Title({
  event,
  queueNames,
  agentNames,
}: Pick<EventItemProps, "event" | "queueNames" | "agentNames">) {
  const { t } = useTranslation();
  if (event.type === "routing.decided") {
    return (
      <>
        <span className="font-strong">{destinationWords(t, decisionOf(event.data), queueNames)}</span>{" "}
        <span className="text-12 text-ink-faint">{event.type}</span>
      </>
    );
  }
  return (
    <>
      <span>{eventWords(t, event, agentNames)}</span>{" "}
      <span className="text-12 text-ink-faint">{event.type}</span>
    </>
  );
}

function Marks({ event }: { event: CallEvent }) {
  const { t } = useTranslation();
  const skewed = event.timed && Math.abs(event.skewMs) >= 60_000 && !isOwn(event);
  return (
    <>
      {event.late ? (
        <span title={t(`call.lateHelp.${event.late}`)}>
          <Badge tone="waiting">{t(`call.late.${event.late}`)}</Badge>
        </span>
      ) : null}
      {event.timed || isOwn(event) ? null : (
        <span title={t("call.untimedHelp")}>
          <Badge>{t("call.untimed")}</Badge>
        </span>
      )}
      {skewed ? (
        <span title={t("call.skewHelp")}>
          <Badge>{t("call.skew", { time: duration(Math.abs(event.skewMs)) })}</Badge>
        </span>
      ) : null}
    </>
  );
}

/** Who another system says is calling, or the page that it had opened. */
function Elsewhere({ event }: { event: CallEvent }) {
  const url = member(event, "url");
  const words = [member(event, "caller_name"), member(event, "system")].filter(Boolean).join(" · ");
  return (
    <p className="text-12 text-ink-muted">
      {/^https?:\/\//.test(url) ? (
        <a
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          className="ring-focus break-all text-accent-ink underline"
        >
          {words || url}
        </a>
      ) : (
        words
      )}
    </p>
  );
}

function Body({ event }: { event: CallEvent }) {
  const { t } = useTranslation();
  if (event.type === "caller.found" || event.type === "agent.popped") {
    return <Elsewhere event={event} />;
  }
  if (event.type === "routing.decided") {
    return <DecisionView decision={decisionOf(event.data)} />;
  }
  if (event.type === "command.sent" || event.type === "command.missed") {
    const kind = member(event, "kind");
    const destination = member(event, "destination");
    const attempts = Number(member(event, "attempts") || 0);
    const status = member(event, "status");
    const reason = member(event, "reason");
    const ms = member(event, "tookMs", "took_ms");
    return (
      <div className="text-12 text-ink-muted">
        <p>
          {kind === "delegate"
            ? t("command.delegate", { destination })
            : t("command.other", { kind: kind || event.type, destination })}
        </p>
        <p className={event.type === "command.missed" ? "text-missed-ink" : undefined}>
          {event.type === "command.missed"
            ? missedWords(t, reason, member(event, "error"))
            : t("command.answered", { status, ms })}
          {attempts > 0 ? ` · ${t("command.attempts", { count: attempts })}` : null}
        </p>
        <p className="truncate font-mono text-ink-faint">{member(event, "url")}</p>
      </div>
    );
  }
  return null;
}

const missedReasons = ["deadline", "refused", "moved_on", "no_connector", "no_url", "too_late"] as const;

function missedWords(t: TFunction, reason: string, detail: string): string {
  const known = missedReasons.find((each) => each === reason);
  const words = known ? t(`command.missed.${known}`) : t("command.missed.other", { reason });
  return detail ? t("command.missedDetail", { words, detail }) : words;
}

function Raw({ event }: { event: CallEvent }) {
  const { t } = useTranslation();
  const raw = event.raw ?? JSON.stringify(event.data, null, 2);
  return (
    <div className="relative my-1 rounded-box bg-sunken">
      <p className="flex items-center justify-between ps-3 pe-1 pt-1 text-12 text-ink-faint">
        {isOwn(event) ? t("call.stored") : t("call.raw")}
        <CopyButton text={raw} label={t("ui.copy")} />
      </p>
      <pre
        dir="ltr"
        className="overflow-x-auto px-3 pb-2 font-mono text-12 break-words whitespace-pre-wrap text-ink-muted"
      >
        {raw}
      </pre>
    </div>
  );
}
