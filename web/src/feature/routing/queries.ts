// SPDX-License-Identifier: Apache-2.0

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { ContactGroup } from "@/api/contacts";
import type { Decision, Page, Queue, Rule, RuleSet, RuleSetVersion } from "@/api/types";

export const presets = ["known-900-new-901", "new-900-known-901"] as const;
export type Preset = (typeof presets)[number];

export const rulesQuery = queryOptions({
  queryKey: ["rules"],
  queryFn: ({ signal }) => api.get<RuleSet>("/api/v1/routing/rules", {}, signal),
});

export const versionsQuery = queryOptions({
  queryKey: ["rules", "versions"],
  queryFn: ({ signal }) => api.get<Page<RuleSetVersion>>("/api/v1/routing/rules/versions", {}, signal),
});

export const queuesQuery = queryOptions({
  queryKey: ["queues"],
  queryFn: ({ signal }) => api.get<Page<Queue>>("/api/v1/queues", {}, signal),
});

export const groupsQuery = queryOptions({
  queryKey: ["contact-groups"],
  queryFn: ({ signal }) => api.get<Page<ContactGroup>>("/api/v1/contact-groups", {}, signal),
  staleTime: 60_000,
});

function useChange<T, R>(key: readonly string[], change: (value: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => queries.invalidateQueries({ queryKey: key }) });
}

export function useSaveRules() {
  return useChange(rulesQuery.queryKey, (rules: { version: number; items: Rule[] }) =>
    api.put<RuleSet>("/api/v1/routing/rules", rules),
  );
}

export function useApplyPreset() {
  return useChange(rulesQuery.queryKey, (preset: Preset) =>
    api.post<RuleSet>(`/api/v1/routing/presets/${preset}`),
  );
}

export function useSaveQueue() {
  return useChange(
    queuesQuery.queryKey,
    ({ id, ...queue }: { id: Queue["id"] | null; number: string; name: string }) =>
      id === null ? api.post<Queue>("/api/v1/queues", queue) : api.put<Queue>(`/api/v1/queues/${id}`, queue),
  );
}

export function useDeleteQueue() {
  return useChange(queuesQuery.queryKey, (id: Queue["id"]) => api.delete(`/api/v1/queues/${id}`));
}

export interface DryRun {
  readonly theirNumber: string;
  readonly ourNumber: string;
  readonly at?: string;
}

export function useDryRun() {
  return useMutation({ mutationFn: (call: DryRun) => api.post<Decision>("/api/v1/routing/dry-run", call) });
}
