// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Call, CallEvent, Page } from "@/api/types";

const eventsPage = 200;

/** One call, now or as it was at an instant. */
export function callQuery(id: string, at: string | undefined) {
  return queryOptions({
    queryKey: ["call", id, "at", at ?? "now"],
    queryFn: ({ signal }) => api.get<Call>(`/api/v1/calls/${encodeURIComponent(id)}`, { at }, signal),
    placeholderData: (before, query) => (query?.queryKey[1] === id ? keepPreviousData(before) : undefined),
    // The past does not change; the present is told by the live view.
    staleTime: at ? 60_000 : 0,
  });
}

export function eventsQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ["call", id, "events"],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<CallEvent>>(
        `/api/v1/calls/${encodeURIComponent(id)}/events`,
        { after: pageParam, limit: eventsPage },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}
