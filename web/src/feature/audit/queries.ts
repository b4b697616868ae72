// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions } from "@tanstack/react-query";
import { address, api } from "@/api/client";
import type { AuditEntry } from "@/api/people";
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

export function exportAddress(filter: AuditFilter): string {
  return address("/api/v1/audit/export", { ...filter, format: "csv" });
}
