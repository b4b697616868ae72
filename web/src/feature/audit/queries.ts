// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { address, api } from "@/api/client";
import type { AgentAccount, AuditEntry } from "@/api/people";
import type { Page } from "@/api/types";

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly object?: string;
}

export function auditQuery(filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<AuditEntry>>("/api/v1/audit", { ...filter, after: pageParam, limit: 100 }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** The names of agents by their ids, of the first few hundred. */
export const agentNamesQuery = queryOptions({
  queryKey: ["audit", "agent-names"],
  queryFn: async ({ signal }) => {
    const { items } = await api.get<Page<AgentAccount>>(
      "/api/v1/agents",
      { deleted: true, limit: 200 },
      signal,
    );
    return new Map(items.map(({ _id, name, login }) => [_id, name || login]));
  },
  staleTime: 60_000,
});

export function exportAddress(filter: AuditFilter): string {
  return address("/api/v1/audit/export", { ...filter, format: "csv" });
}
