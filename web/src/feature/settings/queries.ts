// SPDX-License-Identifier: Apache-2.0

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { LimitUse, RetentionPreview, Settings } from "@/api/administration";
import { api } from "@/api/client";
import { sessionQuery } from "@/api/session";

const path = "/api/v1/settings";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => api.get<Settings>(path, {}, signal),
});

/** How many calls go when they are kept for so many days; 0 for as many as is set. */
export const retentionQuery = (calls: number) =>
  queryOptions({
    queryKey: ["settings", "retention", calls],
    queryFn: ({ signal }) => api.get<RetentionPreview>(`${path}/retention`, { calls }, signal),
    staleTime: 0,
  });

export const limitsQuery = queryOptions({
  queryKey: ["limits"],
  queryFn: ({ signal }) =>
    api.get<{ readonly items: readonly LimitUse[] }>("/api/v1/limits", {}, signal).then(({ items }) => items),
});

export function useSaveSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (settings: Settings) => api.put<Settings>(path, settings),
    onSuccess: (saved) => {
      queries.setQueryData(settingsQuery.queryKey, saved);
      // The session tells the name and the time zone, by which all times are shown.
      return queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
  });
}
