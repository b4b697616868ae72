// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Account, AccountChange, NewAccount } from "@/api/administration";
import { address, api } from "@/api/client";
import type { Page } from "@/api/types";

const all = "/api/v1/tenants";
const one = (uuid: string) => `${all}/${encodeURIComponent(uuid)}`;

export const accountsQuery = infiniteQueryOptions({
  queryKey: ["tenants"],
  queryFn: ({ signal, pageParam }) => api.get<Page<Account>>(all, { after: pageParam, limit: 100 }, signal),
  initialPageParam: "",
  getNextPageParam: (page) => page.next || undefined,
});

function useChange<T, R>(change: (value: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: accountsQuery.queryKey }),
  });
}

export function useCreateAccount() {
  return useChange((account: NewAccount) => api.post<Account>(all, account));
}

export function useSaveAccount(uuid: string) {
  return useChange((change: AccountChange) => api.put<Account>(one(uuid), change));
}

/** Refuses all credentials of a call centre, or takes them again. */
export function useStanding(uuid: string) {
  return useChange((wish: "suspend" | "resume") => api.post<Account>(`${one(uuid)}/${wish}`));
}

/** Erases a call centre for good; the slug says which is meant. */
export function useErase(uuid: string) {
  return useChange((slug: string) => api.delete(address(one(uuid), { confirm: slug })));
}

export const exportAddress = (uuid: string) => `${one(uuid)}/export`;
