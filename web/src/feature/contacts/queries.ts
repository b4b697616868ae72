// SPDX-License-Identifier: Apache-2.0

import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type {
  Activity,
  ActivityBody,
  ActivityType,
  Contact,
  ContactChange,
  ContactTwins,
  RankedContact,
  ReadNumber,
} from "@/api/contacts";
import type { Page } from "@/api/types";

export interface ContactsFilter {
  readonly q?: string;
  readonly group?: string;
  readonly deleted?: string;
}

const pageSize = 100;
const contacts = "/api/v1/contacts";
const path = (id: string) => `${contacts}/${encodeURIComponent(id)}`;

export function contactsQuery({ q, group, deleted }: ContactsFilter) {
  return infiniteQueryOptions({
    queryKey: ["contacts", { q, group, deleted }],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<Contact>>(
        contacts,
        { search: q, group, deleted: deleted === "true", after: pageParam, limit: pageSize },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

export function contactQuery(id: string) {
  return queryOptions({
    queryKey: ["contact", id],
    queryFn: ({ signal }) => api.get<Contact>(path(id), { deleted: true }, signal),
  });
}

export function timelineQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ["contact", id, "timeline"],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<Activity>>(`${path(id)}/timeline`, { after: pageParam, limit: 50 }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    refetchInterval: 15_000,
  });
}

export const duplicatesQuery = infiniteQueryOptions({
  queryKey: ["contacts", "duplicates"],
  queryFn: ({ signal, pageParam }) =>
    api.get<Page<ContactTwins>>(`${contacts}/duplicates`, { after: pageParam, limit: 50 }, signal),
  initialPageParam: "",
  getNextPageParam: (page) => page.next || undefined,
});

function useChange<T, R>(change: (value: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["contacts"] }),
        queries.invalidateQueries({ queryKey: ["contact"] }),
      ]),
  });
}

export function useSaveContact() {
  return useChange(({ id, change }: { id: string | null; change: ContactChange }) =>
    id === null ? api.post<Contact>(contacts, change) : api.patch<Contact>(path(id), change),
  );
}

export function useDeleteContact() {
  return useChange((id: string) => api.delete(path(id)));
}

export function useRestoreContact() {
  return useChange((id: string) => api.post<Contact>(`${path(id)}/restore`));
}

/** Makes one contact of several. */
export function useMerge() {
  return useChange((change: { readonly keep: string; readonly merge: readonly string[] }) =>
    api.post<Contact>(`${contacts}/merge`, change),
  );
}

export function useEraseContact() {
  return useChange((id: string) => api.post(`${path(id)}/erase`));
}

/** Where the contacts that a list shows are to be had as a file. */
export function exportAddress({ q, group, deleted }: ContactsFilter, format: string): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries({
    search: q,
    group,
    deleted: deleted === "true" ? "true" : "",
  })) {
    if (value) {
      query.set(name, value);
    }
  }
  return `${contacts}/export?${query}`;
}

export function numberQuery(number: string) {
  return queryOptions({
    queryKey: ["number", number],
    queryFn: ({ signal }) => api.get<ReadNumber>("/api/v1/numbers/parse", { number }, signal),
  });
}

export function matchQuery(number: string) {
  return queryOptions({
    queryKey: ["contacts", "match", number],
    queryFn: ({ signal }) =>
      api.get<{ readonly items: readonly RankedContact[] }>(`${contacts}/match`, { number }, signal),
  });
}

export interface NewActivity {
  readonly idContact: string;
  readonly type: ActivityType;
  readonly text: string;
  readonly body: ActivityBody;
}

export function useAddActivity() {
  return useChange((activity: NewActivity) => api.post<Activity>("/api/v1/activities", activity));
}

/** Checks or unchecks a reminder. */
export function useCheckReminder() {
  return useChange(({ id, status }: { id: string; status: "checked" | "unchecked" }) =>
    api.patch<Activity>(`/api/v1/activities/${encodeURIComponent(id)}`, { body: { status } }),
  );
}

export function useDeleteActivity() {
  return useChange((id: string) => api.delete(`/api/v1/activities/${encodeURIComponent(id)}`));
}
