// SPDX-License-Identifier: Apache-2.0

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { ContactGroup, ContactGroupChange } from "@/api/contacts";
import type { Page } from "@/api/types";

const groups = "/api/v1/contact-groups";
const path = (id: string) => `${groups}/${encodeURIComponent(id)}`;

// More groups than that nobody chooses from.
const groupsMax = 1_000;
const pageSize = 200;

/** All groups that this person sees. */
export const groupsQuery = queryOptions({
  queryKey: ["contact-groups", "all"],
  queryFn: async ({ signal }) => {
    const items: ContactGroup[] = [];
    let after: string | undefined = "";
    while (after !== undefined && items.length < groupsMax) {
      const page: Page<ContactGroup> = await api.get(groups, { after, limit: pageSize }, signal);
      items.push(...page.items);
      after = page.next || undefined;
    }
    return items;
  },
});

function useChange<T, R>(change: (value: T) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["contact-groups"] }),
        queries.invalidateQueries({ queryKey: ["contacts"] }),
      ]),
  });
}

export function useSaveGroup() {
  return useChange(({ id, change }: { id: string | null; change: ContactGroupChange }) =>
    id === null
      ? api.post<ContactGroup>(groups, change)
      : // What kind of group it is stays as it was.
        api.patch<ContactGroup>(path(id), { ...change, kind: undefined }),
  );
}

export function useDeleteGroup() {
  return useChange((id: string) => api.delete(path(id)));
}

/** Puts a contact into a list, or takes it out; the list is read anew, for others change it too. */
export function usePutIntoGroup() {
  return useChange(async ({ id, contact, into }: { id: string; contact: string; into: boolean }) => {
    const { contactList } = await api.get<ContactGroup>(path(id));
    const others = contactList.filter((one) => one !== contact);
    return api.patch<ContactGroup>(path(id), { contactList: into ? [...others, contact] : others });
  });
}
