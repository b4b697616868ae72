// SPDX-License-Identifier: Apache-2.0

import type { TFunction } from "i18next";
import { api } from "@/api/client";
import { serverNow } from "@/api/clock";
import type { Card, Instant, Page } from "@/api/types";
import { type Cell, csv } from "@/format/csv";
import { type Clock, sortableMoment } from "@/format/time";
import { lookOf } from "@/ui/StatePill";
import { asked, type CallsFilter } from "./query";

/** More rows than this no spreadsheet is a pleasure with; the API has no bound. */
export const exportRowsMax = 50_000;
const pageSize = 200;

export interface Exported {
  readonly text: string;
  readonly rows: number;
  /** There are more calls than the file holds. */
  readonly cut: boolean;
}

type Link = (after: string, limit: number) => Promise<Page<Card>>;

/** All calls that fit a filter, newest first, as a spreadsheet reads them. Tells how many it has after each page. */
export async function exportCalls(
  t: TFunction,
  clock: Clock,
  page: Link,
  onProgress: (rows: number) => void,
): Promise<Exported> {
  const rows: (readonly Cell[])[] = [];
  let after = "";
  do {
    const { items, next } = await page(after, Math.min(pageSize, exportRowsMax - rows.length));
    rows.push(...items.map((call) => cellsOf(t, clock, call)));
    after = next ?? "";
    onProgress(rows.length);
  } while (after && rows.length < exportRowsMax);
  return { text: csv([heads(t), ...rows]), rows: rows.length, cut: after !== "" };
}

/** Where the pages of an export come from. */
export function pagesOf(filter: CallsFilter, clock: Clock, signal: AbortSignal): Link {
  const query = asked(filter, clock, serverNow());
  return (after, limit) => api.get<Page<Card>>("/api/v1/calls", { ...query, after, limit }, signal);
}

function heads(t: TFunction): string[] {
  return [
    t("calls.started"),
    t("calls.state"),
    t("live.direction"),
    t("calls.who"),
    t("calls.number"),
    t("call.our"),
    t("calls.queue"),
    t("calls.queueName"),
    t("calls.agent"),
    t("calls.extension"),
    t("calls.waitedSeconds"),
    t("calls.talkedSeconds"),
    t("live.connector"),
    t("calls.callId"),
  ];
}

function cellsOf(t: TFunction, clock: Clock, call: Card): Cell[] {
  const { times, queue, agent } = call;
  const ended = times.ended ?? times.finished;
  return [
    sortableMoment(clock, times.new ?? call.updatedAt),
    t(`look.${lookOf(call.state, call.outcome)}`),
    call.direction ? t(`direction.${call.direction}`) : "",
    call.caller?.name ?? "",
    call.withheld ? t("number.withheld") : call.theirNumber,
    call.ourNumber,
    queue?.number ?? "",
    queue?.name ?? "",
    agent ? agent.name || agent.login || agent.actor : "",
    agent?.number ?? "",
    seconds(times.waiting, times.answered ?? ended),
    seconds(times.answered, ended),
    call.connector.name,
    call.callId,
  ];
}

function seconds(from: Instant | null | undefined, to: Instant | null | undefined): Cell {
  return from && to ? Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000)) : "";
}
