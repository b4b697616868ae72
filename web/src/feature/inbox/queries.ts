// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { InboxItem, Page, Reprocessed } from "@/api/types";

const pageSize = 100;

export const inboxQuery = infiniteQueryOptions({
  queryKey: ["inbox"],
  queryFn: ({ signal, pageParam }) =>
    api.get<Page<InboxItem>>("/api/v1/inbox", { after: pageParam, limit: pageSize }, signal),
  initialPageParam: "",
  getNextPageParam: (page) => page.next || undefined,
  refetchInterval: (running) => ((running.state.data?.pages.length ?? 0) <= 1 ? 10_000 : false),
});

/** Tries to understand one item again, or all of them. */
export function useReprocess() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (which: "all" | InboxItem["id"]) =>
      api.post<Reprocessed>(which === "all" ? "/api/v1/inbox/reprocess" : `/api/v1/inbox/${which}/reprocess`),
    onSettled: () => queries.invalidateQueries({ queryKey: inboxQuery.queryKey }),
  });
}

export function useDeleteItem() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: InboxItem["id"]) => api.delete(`/api/v1/inbox/${id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: inboxQuery.queryKey }),
  });
}

/** The name of the phone system an item came from; empty when that is not known. */
export function connectorName(item: InboxItem): string {
  return item.connector?.name ?? "";
}
