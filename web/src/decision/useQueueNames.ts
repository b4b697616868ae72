// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "@/api/client";
import { useMe } from "@/api/session";
import type { Page, Queue } from "@/api/types";

/** The names people gave to the queues' numbers; empty for who may not read them. */
export function useQueueNames(): ReadonlyMap<string, string> {
  const me = useMe();
  const queues = useQuery({
    queryKey: ["queues"],
    queryFn: ({ signal }) => api.get<Page<Queue>>("/api/v1/queues", {}, signal),
    enabled: me.rights.includes("routing.read"),
    staleTime: 60_000,
  });
  return useMemo(() => new Map(queues.data?.items.map((queue) => [queue.number, queue.name])), [queues.data]);
}
