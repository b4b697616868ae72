// SPDX-License-Identifier: Apache-2.0

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Connector, ConnectorChange, ConnectorTest, Page } from "@/api/types";

export const connectorsQuery = queryOptions({
  queryKey: ["connectors"],
  queryFn: ({ signal }) => api.get<Page<Connector>>("/api/v1/connectors", {}, signal),
  // The screen is open while a phone system is being set up; its first event should show by itself.
  refetchInterval: 3_000,
});

function useChange<T, R>(change: (value: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: connectorsQuery.queryKey }),
  });
}

export function useSaveConnector() {
  return useChange(({ id, change }: { id: number | null; change: ConnectorChange }) =>
    id === null
      ? api.post<Connector>("/api/v1/connectors", change)
      : api.put<Connector>(`/api/v1/connectors/${id}`, change),
  );
}

export function useDeleteConnector() {
  return useChange((id: number) => api.delete(`/api/v1/connectors/${id}`));
}

export function useTestConnector() {
  return useMutation({
    mutationFn: (id: number) => api.post<ConnectorTest>(`/api/v1/connectors/${id}/test`),
  });
}
