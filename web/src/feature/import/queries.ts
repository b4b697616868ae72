// SPDX-License-Identifier: Apache-2.0

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { ContactImport, ImportTrial, OnDuplicate } from "@/api/imports";
import type { Page } from "@/api/types";

const imports = "/api/v1/contact-imports";
const path = (id: string) => `${imports}/${encodeURIComponent(id)}`;
const lookMs = 500;

export const importsQuery = queryOptions({
  queryKey: ["contact-imports"],
  queryFn: ({ signal }) => api.get<Page<ContactImport>>(imports, { limit: 20 }, signal),
});

export function importQuery(id: string) {
  return queryOptions({
    queryKey: ["contact-imports", id],
    queryFn: ({ signal }) => api.get<ContactImport>(path(id), {}, signal),
    refetchInterval: ({ state }) => (isMoving(state.data) ? lookMs : false),
  });
}

export function isMoving(of: ContactImport | undefined): boolean {
  return of?.state === "running" || of?.state === "undoing";
}

/** What an import with this mapping would do. */
export function trialQuery(id: string, mapping: readonly string[]) {
  return queryOptions({
    queryKey: ["contact-imports", id, "trial", mapping],
    queryFn: () => api.post<ImportTrial>(`${path(id)}/dry-run`, { mapping }),
    staleTime: 60_000,
    retry: false,
  });
}

export function useUpload() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append("file", file);
      return api.upload<ContactImport>(imports, form);
    },
    onSuccess: (made) => queries.setQueryData(importQuery(made.id).queryKey, made),
    onSettled: () => queries.invalidateQueries({ queryKey: importsQuery.queryKey, exact: true }),
  });
}

export type Turn = "stop" | "resume" | "undo";

/** Brings an import into another state. */
export function useTurn(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (turn: Turn | { mapping: readonly string[]; onDuplicate: OnDuplicate }) =>
      typeof turn === "string"
        ? api.post<ContactImport>(`${path(id)}/${turn}`)
        : api.post<ContactImport>(`${path(id)}/start`, turn),
    onSuccess: (now) => queries.setQueryData(importQuery(id).queryKey, now),
    onSettled: () => queries.invalidateQueries({ queryKey: importQuery(id).queryKey, exact: true }),
  });
}

export function useDiscard() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(path(id)),
    onSettled: () => queries.invalidateQueries({ queryKey: importsQuery.queryKey, exact: true }),
  });
}
