// SPDX-License-Identifier: Apache-2.0

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { Problem } from "@/api/problem";
import type {
  CallButton,
  CallButtonChange,
  CallButtonRequest,
  OutgoingCall,
  OutgoingState,
  Page,
} from "@/api/types";

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

export const requestsQuery = queryOptions({
  queryKey: ["call-button", "requests"],
  queryFn: ({ signal }) => api.get<Page<CallButtonRequest>>(`${path}/requests`, { limit: 20 }, signal),
  refetchInterval: 10_000,
});

const open: readonly OutgoingState[] = ["requested", "sent", "dialing"];

/** What became of a request, asked again while more may become of it. */
export const becameQuery = (id: string) =>
  queryOptions({
    queryKey: ["call-button", "became", id],
    queryFn: ({ signal }) => api.get<OutgoingCall>(`/api/v1/outgoing-calls/${id}`, {}, signal),
    refetchInterval: ({ state: { data } }) => (data && open.includes(data.state) ? 2_000 : false),
    staleTime: 60_000,
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
