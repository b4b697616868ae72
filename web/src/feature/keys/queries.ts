// SPDX-License-Identifier: Apache-2.0

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { AccessKeyState, ApiKey, ApiKeyShown } from "@/api/people";
import type { Page } from "@/api/types";

const all = "/api/v1/keys";
const one = (id: string) => `${all}/${encodeURIComponent(id)}`;

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: ({ signal }) => api.get<Page<ApiKey>>(all, { limit: 100 }, signal),
});

function useChange<T, R>(change: (value: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
}

export interface NewKey {
  readonly name: string;
  /** Null for all rights of who makes it. */
  readonly rights: readonly string[] | null;
  /** Null for ever. */
  readonly expiresAt: string | null;
}

export function useCreateKey() {
  return useChange((key: NewKey) => api.post<ApiKeyShown>(all, key));
}

export function useRotateKey() {
  return useChange((id: string) => api.post<ApiKeyShown>(`${one(id)}/rotate`));
}

export function useRevokeKey() {
  return useChange((id: string) => api.delete(one(id)));
}

const access = "/api/v1/access-key";

export const accessKeyQuery = queryOptions({
  queryKey: ["access-key"],
  queryFn: ({ signal }) => api.get<AccessKeyState>(access, {}, signal),
});

function useAccessChange<R>(change: () => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: accessKeyQuery.queryKey }),
    gcTime: 0,
  });
}

export function useMakeAccessKey() {
  return useAccessChange(() => api.post<{ readonly key: string }>(access));
}

export function useRemoveAccessKey() {
  return useAccessChange(() => api.delete(access));
}

/** Reads the key; who did is kept in the audit trail. The answer is not kept here. */
export function useRevealAccessKey() {
  return useMutation({
    mutationFn: () => api.post<{ readonly key: string }>(`${access}/reveal`),
    gcTime: 0,
  });
}
