// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { AgentAccount, AgentChange, OneTimeLink, Right, Role } from "@/api/people";
import type { Page } from "@/api/types";

const agents = "/api/v1/agents";
const roles = "/api/v1/roles";
const one = (list: string, id: string) => `${list}/${encodeURIComponent(id)}`;

export function agentsQuery(search: string, deleted: boolean) {
  return infiniteQueryOptions({
    queryKey: ["people", search, deleted],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<AgentAccount>>(agents, { search, deleted, after: pageParam, limit: 100 }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export const rolesQuery = queryOptions({
  queryKey: ["roles"],
  queryFn: ({ signal }) => api.get<Page<Role>>(roles, { limit: 100 }, signal),
});

export const rightsQuery = queryOptions({
  queryKey: ["rights"],
  queryFn: ({ signal }) => api.get<Page<Right>>("/api/v1/rights", {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

function useChange<T, R>(key: string, change: (value: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: [key] }),
  });
}

export function useSaveAgent() {
  return useChange("people", ({ id, change }: { id: string | null; change: AgentChange }) =>
    id === null ? api.post<AgentAccount>(agents, change) : api.put<AgentAccount>(one(agents, id), change),
  );
}

export function useDeleteAgent() {
  return useChange("people", (id: string) => api.delete(one(agents, id)));
}

export function useRestoreAgent() {
  return useChange("people", (id: string) => api.post<AgentAccount>(`${one(agents, id)}/restore`));
}

/** Makes a link by which an agent chooses a password: the first, or another. */
export function useLink() {
  return useMutation({
    mutationFn: ({ id, kind }: { id: string; kind: "invitation" | "password-reset" }) =>
      api.post<OneTimeLink>(`${one(agents, id)}/${kind}`),
  });
}

export function useSaveRole() {
  return useChange(
    "roles",
    ({ id, ...role }: { id: string | null; name: string; description: string; rights: string[] }) =>
      id === null ? api.post<Role>(roles, role) : api.put<Role>(one(roles, id), role),
  );
}

export function useDeleteRole() {
  return useChange("roles", (id: string) => api.delete(one(roles, id)));
}
