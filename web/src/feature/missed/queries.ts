// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { MissedCall } from "@/api/contacts";
import type { Page } from "@/api/types";

const all = "/api/v1/missed-calls";

export function missedQuery(open: boolean, mine: boolean) {
  return infiniteQueryOptions({
    queryKey: ["missed-calls", open, mine],
    queryFn: ({ signal, pageParam }) =>
      // Said in full: what is left out means open.
      api.get<Page<MissedCall>>(all, { open: String(open), mine, after: pageParam, limit: 100 }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    // An entry goes by itself when anyone reaches the number.
    refetchInterval: 5_000,
  });
}

export function useClaim() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, act }: { id: string; act: "claim" | "release" }) =>
      api.post<MissedCall>(`${all}/${encodeURIComponent(id)}/${act}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ["missed-calls"] }),
  });
}
