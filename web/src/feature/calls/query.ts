// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Query } from "@/api/client";
import { serverNow } from "@/api/clock";
import type { Card, Page } from "@/api/types";
import { type Clock, startOfDay } from "@/format/time";

export const periods = ["today", "yesterday", "week", "month"] as const;
export type Period = (typeof periods)[number];

/** What narrows the list, as the address says it. */
export interface CallsFilter {
  readonly q?: string;
  readonly state?: string;
  readonly queue?: string;
  readonly agent?: string;
  readonly direction?: string;
  readonly connector?: string;
  readonly period?: string;
  readonly open?: string;
}

const dayMs = 24 * 3_600_000;

/** From when until when a period goes; nothing for all time. */
export function span(clock: Clock, period: string | undefined, now: number): { from?: string; to?: string } {
  const today = startOfDay(clock, now);
  const iso = (ms: number) => new Date(ms).toISOString();
  // A day back from midnight, and a little, is in the day before even when clocks change.
  const back = (days: number) => iso(startOfDay(clock, today - days * dayMs + dayMs / 2));
  switch (period) {
    case "today":
      return { from: iso(today) };
    case "yesterday":
      return { from: back(1), to: iso(today) };
    case "week":
      return { from: back(6) };
    case "month":
      return { from: back(29) };
    default:
      return {};
  }
}

const pageSize = 100;

/** The filter as the API takes it. */
export function asked({ q, period, open, ...rest }: CallsFilter, clock: Clock, now: number): Query {
  return { ...rest, search: q, open: open === "true", ...span(clock, period, now) };
}

export function callsQuery(filter: CallsFilter, clock: Clock) {
  return infiniteQueryOptions({
    queryKey: ["calls", filter],
    queryFn: ({ signal, pageParam }) => {
      const query = { ...asked(filter, clock, serverNow()), after: pageParam, limit: pageSize };
      return api.get<Page<Card>>("/api/v1/calls", query, signal);
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    // A list that someone has read far into stays as it is; the first page keeps up with the day.
    refetchInterval: (running) => ((running.state.data?.pages.length ?? 0) <= 1 ? 10_000 : false),
  });
}

/** How many calls have come since the first page was read, as far as one page tells. Asked while the list stands still. */
export function newerQuery(filter: CallsFilter, clock: Clock, newest: number, standsStill: boolean) {
  return queryOptions({
    queryKey: ["calls-newer", filter, newest],
    queryFn: async ({ signal }) => {
      const query = { ...asked(filter, clock, serverNow()), limit: pageSize };
      const { items } = await api.get<Page<Card>>("/api/v1/calls", query, signal);
      return items.filter((call) => call.id > newest).length;
    },
    enabled: standsStill,
    refetchInterval: 5_000,
  });
}

export const newerMax = pageSize;
