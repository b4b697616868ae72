// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Reminder } from "@/api/contacts";
import type { Page } from "@/api/types";

export function remindersQuery(state: string) {
  return infiniteQueryOptions({
    queryKey: ["reminders", state],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<Reminder>>("/api/v1/reminders", { state, after: pageParam, limit: 50 }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    refetchInterval: 10_000,
  });
}

export type ReminderAct = { readonly id: string } & (
  | { readonly status: "checked" | "unchecked" }
  | { readonly until: number }
);

/** Checks a reminder, unchecks it, or puts it off. */
export function useReminderAct() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (act: ReminderAct) => {
      const one = `/api/v1/activities/${encodeURIComponent(act.id)}`;
      return "until" in act
        ? api.post<unknown>(`${one}/snooze`, { until: act.until })
        : api.patch<unknown>(one, { body: { status: act.status } });
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["reminders"] }),
        queries.invalidateQueries({ queryKey: ["contact"] }),
      ]),
  });
}
