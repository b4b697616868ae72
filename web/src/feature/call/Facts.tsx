// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Call, Segment } from "@/api/types";
import { Duration, LiveDuration } from "@/ui/Duration";
import { Moment } from "@/ui/Moment";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { PartialNote } from "@/ui/State";

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** What is known about a call. What the phone system never reports is said to be so; it is not shown as nothing. */
export function Facts({ call, past }: { call: Call; past: boolean }) {
  const { t } = useTranslation();
  const { times, queue, agent } = call;
  const ended = times.ended ?? times.finished;
  const waitedTo = times.answered ?? ended;
  const waited = times.waiting && (waitedTo || !past) ? <Span from={times.waiting} to={waitedTo} /> : null;
  const talked = times.answered && (ended || !past) ? <Span from={times.answered} to={ended} /> : null;
  const provided = Object.entries(call.provided ?? {});
  const reported = (yes: boolean) =>
    yes ? t("call.reported") : <i className="text-ink-faint">{t("call.notReported")}</i>;
  return (
    <div className="flex flex-col gap-3 px-4 py-3">
      <dl className="grid grid-cols-[minmax(112px,max-content)_minmax(0,1fr)] gap-x-3 gap-y-1 text-14">
        <Fact label={call.direction === "outbound" ? t("call.their_outbound") : t("call.their")}>
          <PhoneNumber raw={call.theirNumber} national={call.theirNational} withheld={call.withheld} />
        </Fact>
        <Fact label={t("call.our")}>
          <PhoneNumber raw={call.ourNumber} national={call.ourNational} />
        </Fact>
        {call.direction ? <Fact label={t("call.direction")}>{t(`direction.${call.direction}`)}</Fact> : null}
        {queue ? <Fact label={t("call.queue")}>{`${queue.number} ${queue.name}`}</Fact> : null}
        {agent ? (
          <Fact label={t("call.agent")}>
            <bdi>{agent.name || agent.actor}</bdi>{" "}
            <span className="tabular text-ink-muted">{agent.number}</span>
          </Fact>
        ) : null}
        {waited ? <Fact label={t("call.waited")}>{waited}</Fact> : null}
        {talked ? <Fact label={t("call.talked")}>{talked}</Fact> : null}
        <Fact label={t("call.hold")}>{reported(call.holdReported)}</Fact>
        <Fact label={t("call.wrapUp")}>{reported(call.wrapUpReported)}</Fact>
        <Fact label={t("call.connector")}>{call.connector.name}</Fact>
        {call.code ? <Fact label={t("call.code")}>{call.code}</Fact> : null}
        {call.wish ? (
          <Fact label={t("call.wish")}>
            {call.wish.about.page ? (
              <bdi className="break-all">{call.wish.about.page}</bdi>
            ) : (
              t("call.wishAgent")
            )}
          </Fact>
        ) : null}
        {provided.length > 0 ? (
          <Fact label={t("call.provided")}>
            {provided.map(([name, value]) => (
              <div key={name}>
                <span className="text-ink-muted">{name}</span>{" "}
                {typeof value === "string" ? value : JSON.stringify(value)}
              </div>
            ))}
          </Fact>
        ) : null}
        {(call.recordings ?? []).length > 0 ? (
          <Fact label={t("call.recordings")}>
            {(call.recordings ?? []).map((url, index) => (
              <Recording key={url} url={url} n={index + 1} />
            ))}
          </Fact>
        ) : null}
      </dl>
      <Participants call={call} />
      <Anomalies call={call} />
    </div>
  );
}

function Span({ from, to }: { from: string; to: string | null | undefined }) {
  return to ? <Duration from={from} to={to} /> : <LiveDuration since={from} />;
}

/** A recording's address comes from outside, so only a web address becomes a link. */
function Recording({ url, n }: { url: string; n: number }) {
  const { t } = useTranslation();
  return /^https?:\/\//i.test(url) ? (
    <a
      href={url}
      target="_blank"
      rel="noreferrer noopener"
      className="ring-focus block text-accent-ink underline"
    >
      {t("call.recording", { n })}
    </a>
  ) : (
    <span className="block">{url}</span>
  );
}

function Participants({ call }: { call: Call }) {
  const { t } = useTranslation();
  const participants = call.participants ?? [];
  if (participants.length === 0) {
    return null;
  }
  return (
    <section>
      <h3 className="mb-1 text-12 font-strong text-ink-muted">{t("call.participants")}</h3>
      <ul className="flex flex-col gap-1">
        {participants.map((each) => (
          <li key={`${each.actor} ${each.number} ${each.queue}`} className="flex flex-wrap gap-x-3 text-14">
            <bdi className="truncate">{each.name || each.actor}</bdi>
            <span className="tabular text-ink-muted">{each.number}</span>
            {(each.segments ?? []).map((segment) => (
              <SegmentWords key={`${segment.ringAt} ${segment.enteredAt}`} segment={segment} />
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

const segmentOutcomes = ["ringing", "noanswer", "talking", "left"] as const;

function SegmentWords({ segment: { ringAt, enteredAt, leftAt, outcome } }: { segment: Segment }) {
  const { t } = useTranslation();
  const from = enteredAt ?? ringAt;
  const known = segmentOutcomes.find((each) => each === outcome);
  return (
    <span className="tabular inline-flex gap-1 text-12 leading-5 text-ink-muted">
      {from ? <Moment at={from} /> : null}
      {known ? t(`call.segment.${known}`) : outcome}
      {from && leftAt ? <Duration from={from} to={leftAt} /> : null}
    </span>
  );
}

const anomalyKinds = [
  "skipped_stage",
  "repeated_stage",
  "moved_back",
  "orphan_actor",
  "ended_twice",
  "id_reused",
  "event_after_end",
] as const;

function Anomalies({ call }: { call: Call }) {
  const { t } = useTranslation();
  const anomalies = call.anomalies ?? [];
  if (anomalies.length === 0) {
    return null;
  }
  const words = anomalies.map(({ kind, detail }) => {
    const known = anomalyKinds.find((each) => each === kind);
    const what = known ? t(`call.anomaly.${known}`) : t("call.anomaly.other", { kind });
    return detail ? `${what} (${detail})` : what;
  });
  return (
    <PartialNote>{t("call.anomalies", { count: anomalies.length, list: words.join("; ") })}</PartialNote>
  );
}
