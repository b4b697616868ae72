// SPDX-License-Identifier: Apache-2.0

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../Badge";
import { Duration, LiveDuration } from "../Duration";
import { Moment } from "../Moment";
import { PhoneNumber } from "../PhoneNumber";
import { Stat } from "../Stat";
import { type Look, StatePill, StateShape } from "../StatePill";
import { type Column, Table } from "../Table";
import { Timeline, TimelineItem } from "../Timeline";
import { manyRows, people, type SampleRow } from "./samples";

const looks: readonly Look[] = [
  "NEW",
  "STANDBY",
  "WAITING",
  "ONGOING",
  "FINISHED",
  "abandoned",
  "missed",
  "expired",
  "paused",
  "unknown",
];
const row = "flex flex-wrap items-center gap-3";
const day = "2026-01-01T00:00:00Z";
const later = "2026-01-01T01:02:03Z";
const opened = new Date().toISOString();

export function Marks() {
  const { t } = useTranslation();
  return (
    <>
      <div className={row}>
        {looks.map((look) => (
          <StatePill key={look} look={look} />
        ))}
      </div>
      <div className={row}>
        <Badge>{t("routing.version", { n: 4 })}</Badge>
        <Badge tone="accent">{t("routing.inForce")}</Badge>
        <Badge tone="waiting">{t("call.late.out_of_order")}</Badge>
        <Badge tone="talking">{t("connect.listening")}</Badge>
        <Badge tone="missed">{t("look.missed")}</Badge>
      </div>
    </>
  );
}

export function DataPieces() {
  const { t } = useTranslation();
  return (
    <>
      <dl className="flex flex-wrap gap-8">
        <Stat
          large
          label={t("live.waitingNow")}
          value="12"
          tone="waiting"
          formula={t("live.waitingNowFormula")}
        />
        <Stat large label={t("live.longestWait")} value={<LiveDuration since={opened} />} tone="waiting" />
        <Stat large label={t("live.active")} value="1,534" />
        <Stat label={t("live.entered")} value="0" />
        <Stat label={t("look.missed")} value="3" tone="missed" shape={<StateShape look="missed" />} />
      </dl>
      <div className={row}>
        <Duration from={day} to={later} />
        <LiveDuration since={opened} />
        <Moment at={day} />
        <Moment at={opened} precise />
        {people.map((each) => (
          <PhoneNumber key={each.raw} raw={each.raw} national={each.national} />
        ))}
        <PhoneNumber raw="" national="" withheld />
        <PhoneNumber raw="" national="" />
      </div>
      <div className="flex h-72 flex-col rounded-box border border-line">
        <SampleTable />
      </div>
      <div className="max-w-[560px] rounded-box border border-line bg-surface p-2">
        <Timeline label={t("call.timeline")}>
          <TimelineItem
            time={<Moment at={day} precise />}
            mark={<StateShape look="NEW" />}
            title={t("event.call.new")}
          />
          <TimelineItem
            current
            time={<Moment at={later} precise />}
            mark={<StateShape look="WAITING" />}
            title={t("event.call.waiting")}
            aside={<Badge tone="waiting">{t("call.late.out_of_order")}</Badge>}
          />
          <TimelineItem
            later
            time={<Moment at={later} precise />}
            mark={<StateShape look="FINISHED" />}
            title={t("event.call.finished")}
          />
        </Timeline>
      </div>
    </>
  );
}

function SampleTable() {
  const { t } = useTranslation();
  const [open, setOpen] = useState<number>(2);
  const columns: readonly Column<SampleRow>[] = [
    { id: "id", header: t("calls.callId"), width: "72px", end: true, cell: (each) => each.id },
    {
      id: "state",
      header: t("calls.state"),
      width: "128px",
      cell: (each) => <StatePill look={looks[each.id % 9] ?? "NEW"} />,
    },
    {
      id: "who",
      header: t("calls.who"),
      width: "minmax(160px, 1fr)",
      cell: (each) => <bdi>{each.name}</bdi>,
    },
    {
      id: "number",
      header: t("routing.theirNumber"),
      width: "160px",
      end: true,
      cell: (each) => <PhoneNumber raw={each.raw} national={each.national} />,
    },
  ];
  return (
    <Table
      label={t("calls.title")}
      columns={columns}
      rows={manyRows}
      keyOf={(each) => each.id}
      openKey={open}
      onOpen={(each) => setOpen(each.id)}
      narrow={(each) => <bdi className="block truncate">{each.name}</bdi>}
    />
  );
}
