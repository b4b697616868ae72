// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { SipAccount, SipAccountChange, SipProvider, SipProviderChange } from "@/api/administration";
import { api } from "@/api/client";
import type { Page } from "@/api/types";

export type Kind = "accounts" | "providers";

const paths: Readonly<Record<Kind, string>> = {
  accounts: "/api/v1/sip-accounts",
  providers: "/api/v1/sip-providers",
};
const one = (kind: Kind, id: string) => `${paths[kind]}/${encodeURIComponent(id)}`;

function listQuery<T>(kind: Kind, search: string, deleted: boolean) {
  return infiniteQueryOptions({
    queryKey: ["sip", kind, search, deleted],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<T>>(paths[kind], { search, deleted, after: pageParam, limit: 100 }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export const accountsQuery = (search: string, deleted: boolean) =>
  listQuery<SipAccount>("accounts", search, deleted);

export const providersQuery = (search: string, deleted: boolean) =>
  listQuery<SipProvider>("providers", search, deleted);

function useChange<T, R>(kind: Kind, change: (value: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: ["sip", kind] }),
  });
}

export function useSaveAccount(isNew: boolean) {
  return useChange("accounts", (change: SipAccountChange) =>
    isNew
      ? api.post<SipAccount>(paths.accounts, change)
      : api.put<SipAccount>(one("accounts", change._id), change),
  );
}

export function useSaveProvider() {
  return useChange("providers", ({ id, change }: { id: string | null; change: SipProviderChange }) =>
    id === null
      ? api.post<SipProvider>(paths.providers, change)
      : api.put<SipProvider>(one("providers", id), change),
  );
}

export function useDelete(kind: Kind) {
  return useChange(kind, (id: string) => api.delete(one(kind, id)));
}

export function useRestore(kind: Kind) {
  return useChange(kind, (id: string) => api.post<unknown>(`${one(kind, id)}/restore`));
}

/** Reads a password; who did is kept in the audit trail. The answer is not kept here. */
export function useReveal() {
  return useMutation({
    mutationFn: (id: string) => api.post<{ readonly password: string }>(`${one("accounts", id)}/reveal`),
    gcTime: 0,
  });
}
