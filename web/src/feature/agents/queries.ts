// SPDX-License-Identifier: Apache-2.0

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type {
  AgentState,
  AgentStateChange,
  OutgoingCall,
  OutgoingCallChange,
  OutgoingState,
  Page,
  PauseReason,
  WrapUp,
} from "@/api/types";

export const reasonsQuery = queryOptions({
  queryKey: ["pause-reasons"],
  queryFn: ({ signal }) => api.get<Page<PauseReason>>("/api/v1/pause-reasons", {}, signal),
  staleTime: 60_000,
});

export const wrapUpQuery = queryOptions({
  queryKey: ["wrap-up"],
  queryFn: ({ signal }) => api.get<WrapUp>("/api/v1/agents/wrap-up", {}, signal),
});

export function useSetWrapUp() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (seconds: number) => api.put<WrapUp>("/api/v1/agents/wrap-up", { seconds }),
    onSettled: () => queries.invalidateQueries({ queryKey: wrapUpQuery.queryKey }),
  });
}

/** Adds a reason to pause by its name, or removes one by its id. */
export function useChangeReasons() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: reasonsQuery.queryKey });
  return {
    add: useMutation({
      mutationFn: (name: string) => api.post<PauseReason>("/api/v1/pause-reasons", { name }),
      onSettled,
    }),
    remove: useMutation({
      mutationFn: (id: string) => api.delete(`/api/v1/pause-reasons/${id}`),
      onSettled,
    }),
  };
}

/** Chooses what an agent does; "me" for oneself. The live view shows it. */
export function useChoose() {
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: AgentStateChange }) =>
      api.put<AgentState>(`/api/v1/agents/${id}/state`, change),
  });
}

/** Has the phone system make a call. A key stands for one wish: sent twice, it calls once. */
export function useCall() {
  return useMutation({
    mutationFn: ({ key, change }: { key: string; change: OutgoingCallChange }) =>
      api.postOnce<OutgoingCall>("/api/v1/calls", key, change),
  });
}

const lookMs = 1_000;
const open: readonly OutgoingState[] = ["requested", "sent", "dialing"];

/** Whether more will become of the call. */
export function isOpen(state: OutgoingState): boolean {
  return open.includes(state);
}

/** What becomes of a call, until nothing more will. */
export const outgoingQuery = (id: string) =>
  queryOptions({
    queryKey: ["outgoing-calls", id],
    queryFn: ({ signal }) => api.get<OutgoingCall>(`/api/v1/outgoing-calls/${id}`, {}, signal),
    // A call that is connected is soon known by its own id as well.
    refetchInterval: ({ state: { data } }) =>
      !data || isOpen(data.state) || (data.call && data.call.id === 0) ? lookMs : false,
  });
