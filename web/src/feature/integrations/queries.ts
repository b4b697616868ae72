// SPDX-License-Identifier: Apache-2.0

import {
  infiniteQueryOptions,
  type QueryKey,
  queryOptions,
  skipToken,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { api } from "@/api/client";
import type {
  Delivery,
  Endpoint,
  EndpointChange,
  Integrator,
  IntegratorChange,
  LookupResult,
  Replay,
  Template,
  TemplateChange,
} from "@/api/integrations";
import type { Page } from "@/api/types";

const endpoints = "/api/v1/integration-endpoints";
const templates = "/api/v1/integration-templates";
const integrators = "/api/v1/integrators";
const listMax = 200;
const logPage = 50;

export const templatesQuery = queryOptions({
  queryKey: ["integration-templates"],
  queryFn: ({ signal }) => api.get<Page<Template>>(templates, {}, signal),
  staleTime: 60_000,
});

export const integratorsQuery = queryOptions({
  queryKey: ["integrators"],
  queryFn: ({ signal }) => api.get<Page<Integrator>>(integrators, { limit: listMax }, signal),
});

export const endpointsQuery = queryOptions({
  queryKey: ["integration-endpoints"],
  queryFn: ({ signal }) => api.get<Page<Endpoint>>(endpoints, { limit: listMax }, signal),
  refetchInterval: 10_000,
});

export function endpointQuery(id: string) {
  return queryOptions({
    queryKey: ["integration-endpoints", id],
    queryFn: ({ signal }) => api.get<Endpoint>(`${endpoints}/${id}`, {}, signal),
    // The screen is open while something is being set up, or put right.
    refetchInterval: 3_000,
  });
}

export function deliveriesQuery(id: string, status: string) {
  return infiniteQueryOptions({
    queryKey: ["integration-endpoints", id, "deliveries", status],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<Delivery>>(
        `${endpoints}/${id}/deliveries`,
        { status, after: pageParam, limit: logPage },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    refetchInterval: (running) => ((running.state.data?.pages.length ?? 0) <= 1 ? 3_000 : false),
  });
}

function useChange<T, R>(queryKey: QueryKey, change: (value: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => queries.invalidateQueries({ queryKey }) });
}

const madeSecret = (id: string) => ["integration-secret", id];

/** The secret of an endpoint that was made a moment ago: no later answer has it. */
export function useMadeSecret(id: string): string | undefined {
  return useQuery<string>({ queryKey: madeSecret(id), queryFn: skipToken }).data;
}

export function useSaveEndpoint() {
  const queries = useQueryClient();
  return useChange(
    endpointsQuery.queryKey,
    async ({ id, change }: { id: string; change: EndpointChange }) => {
      if (id) {
        return api.put<Endpoint>(`${endpoints}/${id}`, change);
      }
      const made = await api.post<Endpoint>(endpoints, change);
      if (made.secret) {
        queries.setQueryData(madeSecret(made._id), made.secret);
      }
      return made;
    },
  );
}

export function useDeleteEndpoint() {
  return useChange(endpointsQuery.queryKey, (id: string) => api.delete(`${endpoints}/${id}`));
}

export function useEnableEndpoint(id: string) {
  return useChange(endpointsQuery.queryKey, (replay: boolean) =>
    api.post<Endpoint>(`${endpoints}/${id}/enable`, { replay }),
  );
}

export function useTestEndpoint(id: string) {
  return useChange(endpointsQuery.queryKey, () => api.post<Delivery>(`${endpoints}/${id}/test`));
}

export function useRotateSecret(id: string) {
  return useChange(endpointsQuery.queryKey, () =>
    api.post<{ readonly secret: string }>(`${endpoints}/${id}/rotate-secret`),
  );
}

export function useReplay(id: string) {
  return useChange(endpointsQuery.queryKey, (range: { from: string; to: string }) =>
    api.post<Replay>(`${endpoints}/${id}/replay`, range),
  );
}

export function useResend(id: string) {
  return useChange(endpointsQuery.queryKey, (delivery: number) =>
    api.post<Delivery>(`${endpoints}/${id}/deliveries/${delivery}/resend`),
  );
}

export function useSaveIntegrator() {
  return useChange(integratorsQuery.queryKey, ({ id, change }: { id: string; change: IntegratorChange }) =>
    id ? api.put<Integrator>(`${integrators}/${id}`, change) : api.post<Integrator>(integrators, change),
  );
}

export function useDeleteIntegrator() {
  return useChange(integratorsQuery.queryKey, (id: string) => api.delete(`${integrators}/${id}`));
}

export function useLookUp(id: string) {
  return useMutation({
    mutationFn: (number: string) => api.post<LookupResult>(`${integrators}/${id}/lookup`, { number }),
  });
}

export function useSaveTemplate() {
  return useChange(templatesQuery.queryKey, ({ id, change }: { id: string; change: TemplateChange }) =>
    id ? api.put<Template>(`${templates}/${id}`, change) : api.post<Template>(templates, change),
  );
}

export function useDeleteTemplate() {
  return useChange(templatesQuery.queryKey, (id: string) => api.delete(`${templates}/${id}`));
}
