// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { Problem } from "@/api/problem";
import type { CallButton, CallButtonChange, CallButtonRequest, OutgoingCall, Page } from "@/api/types";

const path = "/api/v1/click-to-call";

/** The button of this call centre; null when it has none yet. */
export const buttonQuery = queryOptions({
  queryKey: ["call-button"],
  queryFn: async ({ signal }) => {
    try {
      return await api.get<CallButton>(path, {}, signal);
    } catch (error) {
      if (error instanceof Problem && error.status === 404) {
        return null;
      }
      throw error;
    }
  },
});

export const requestsQuery = infiniteQueryOptions({
  queryKey: ["call-button", "requests"],
  queryFn: ({ signal, pageParam }) =>
    api.get<Page<CallButtonRequest>>(`${path}/requests`, { after: pageParam, limit: 20 }, signal),
  initialPageParam: "",
  getNextPageParam: (page) => page.next || undefined,
  refetchInterval: 10_000,
});

const moving: ReadonlySet<string> = new Set(["requested", "sent", "dialing"]);

/** What became of a call, looked at until nothing more will. */
export const outcomeQuery = (id: string) =>
  queryOptions({
    queryKey: ["outgoing-calls", id],
    queryFn: ({ signal }) => api.get<OutgoingCall>(`/api/v1/outgoing-calls/${id}`, {}, signal),
    staleTime: 5_000,
    refetchInterval: ({ state: { data } }) => (data && moving.has(data.state) ? 5_000 : false),
  });

export function useSaveButton(isNew: boolean) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: CallButtonChange) =>
      isNew ? api.post<CallButton>(path, change) : api.put<CallButton>(path, change),
    onSuccess: (saved) => queries.setQueryData(buttonQuery.queryKey, saved),
  });
}

export function useDeleteButton() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete(path),
    onSuccess: () => queries.setQueryData(buttonQuery.queryKey, null),
  });
}
