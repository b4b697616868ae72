// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { FileUp, Plus, Tags } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Contact, nameOf } from "@/api/contacts";
import { useMe } from "@/api/session";
import { Button } from "@/ui/Button";
import { ChipFilter, ChipSwitch } from "@/ui/Chip";
import { Field } from "@/ui/Field";
import { Moment } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { type Column, Table } from "@/ui/Table";
import { ContactDialog } from "./ContactDialog";
import { GroupDialog } from "./GroupDialog";
import { groupsQuery } from "./groups";
import { MoreOfContacts } from "./More";
import { type ContactsFilter, contactsQuery } from "./queries";

/** Everybody this call centre knows. */
export function ContactsPage() {
  const { t } = useTranslation();
  const { rights } = useMe();
  const { call: _call, at: _at, ...filter } = useSearch({ from: "/frame/contacts" });
  const navigate = useNavigate({ from: "/contacts" });
  const query = useInfiniteQuery(contactsQuery(filter));
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useColumns();
  const [adding, setAdding] = useState(false);
  const writes = rights.includes("contact.write") || rights.includes("contact.write.own");
  const filtered = Object.values(filter).some(Boolean);

  const onChange = useCallback(
    (change: Partial<Record<keyof ContactsFilter, string>>) =>
      void navigate({ search: (before) => ({ ...before, ...change }), replace: true }),
    [navigate],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const open = (contact: Contact) => void navigate({ to: "/contacts/$id", params: { id: contact._id } });

  const add = (
    <>
      <Button icon={<Tags aria-hidden size={16} />} onPress={() => void navigate({ to: "/contacts/groups" })}>
        {t("groups.title")}
      </Button>
      {rights.includes("contact.import") ? (
        <Button
          icon={<FileUp aria-hidden size={16} />}
          onPress={() => void navigate({ to: "/contacts/import" })}
        >
          {t("contacts.import")}
        </Button>
      ) : null}
      {writes ? (
        <Button look="primary" icon={<Plus aria-hidden size={16} />} onPress={() => setAdding(true)}>
          {t("contacts.add")}
        </Button>
      ) : null}
    </>
  );
  return (
    <div className="flex min-h-0 grow flex-col gap-3 pt-3">
      <div className="flex flex-col gap-3 px-3 md:px-4">
        <PageHead title={t("contacts.title")}>
          {rows.length > 0 || filtered ? add : null}
          <MoreOfContacts filter={filter} />
        </PageHead>
        <Filters filter={filter} writes={writes} onChange={onChange} />
      </div>
      {query.isPending ? <SkeletonRows rows={16} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && rows.length === 0 && filtered ? (
        <EmptyState
          title={t("contacts.noneMatch")}
          action={
            <Button onPress={() => onChange({ q: "", group: "", deleted: "" })}>
              {t("ui.clearFilters")}
            </Button>
          }
        />
      ) : null}
      {query.data && rows.length === 0 && !filtered ? (
        <EmptyState
          title={t("contacts.empty")}
          text={t("contacts.emptyText")}
          action={<span className="flex flex-wrap justify-center gap-2">{add}</span>}
        />
      ) : null}
      {rows.length > 0 ? (
        <Table
          label={t("contacts.title")}
          columns={columns}
          rows={rows}
          keyOf={(row) => row._id}
          onOpen={open}
          narrow={(row) => <NarrowRow contact={row} />}
          onNearEnd={onNearEnd}
          foot={
            <p role="status" className="px-4 py-3 text-12 text-ink-faint">
              {hasNextPage ? t("contacts.loadingMore") : t("contacts.end")}
            </p>
          }
        />
      ) : null}
      {adding ? <ContactDialog contact={null} onClose={() => setAdding(false)} onSaved={open} /> : null}
    </div>
  );
}

function Filters({
  filter,
  writes,
  onChange,
}: {
  filter: ContactsFilter;
  writes: boolean;
  onChange: (change: Partial<Record<keyof ContactsFilter, string>>) => void;
}) {
  const { t } = useTranslation();
  const groups = useQuery(groupsQuery);
  const [keeping, setKeeping] = useState(false);
  const [text, setText] = useState(filter.q ?? "");
  useEffect(() => setText(filter.q ?? ""), [filter.q]);
  useEffect(() => {
    if (text === (filter.q ?? "")) {
      return;
    }
    // A search for every letter would ask for many lists that nobody reads.
    const timer = setTimeout(() => onChange({ q: text }), 200);
    return () => clearTimeout(timer);
  }, [text, filter.q, onChange]);
  return (
    <search className="flex shrink-0 flex-wrap items-center gap-2">
      <div className="w-full sm:w-80">
        <Field
          label={t("contacts.search")}
          hideLabel
          type="search"
          placeholder={t("contacts.search")}
          value={text}
          onChange={setText}
        />
      </div>
      {groups.data && groups.data.length > 0 ? (
        <ChipFilter
          label={t("contacts.group")}
          value={filter.group ?? ""}
          choices={groups.data.map(({ _id, name }) => ({ id: _id, text: name }))}
          onChange={(group) => onChange({ group })}
        />
      ) : null}
      <ChipSwitch
        label={t("contacts.deleted")}
        value={filter.deleted === "true"}
        onChange={(on) => onChange({ deleted: on ? "true" : "" })}
      />
      {writes && filter.q && !filter.group ? (
        <Button small onPress={() => setKeeping(true)}>
          {t("groups.keep")}
        </Button>
      ) : null}
      {keeping ? (
        <GroupDialog
          group={null}
          search={filter.q ?? ""}
          onClose={() => setKeeping(false)}
          onSaved={({ _id }) => onChange({ q: "", group: _id })}
        />
      ) : null}
    </search>
  );
}

function useColumns(): readonly Column<Contact>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: "name",
        header: t("contacts.name"),
        width: "minmax(200px, 2fr)",
        cell: (c) => (
          <bdi className={c.deleted ? "truncate text-ink-faint line-through" : "truncate font-strong"}>
            {nameOf(c)}
          </bdi>
        ),
      },
      {
        id: "phone",
        header: t("contacts.phone"),
        width: "minmax(136px, 1fr)",
        cell: (c) => (c.phone ? <PhoneNumber raw={c.phone} national={c.phoneNational} /> : null),
      },
      {
        id: "email",
        header: t("contacts.email"),
        width: "minmax(160px, 2fr)",
        cell: (c) => <span className="truncate">{c.email}</span>,
      },
      {
        id: "created",
        header: t("contacts.created"),
        width: "128px",
        cell: (c) => <Moment at={new Date(c.createdAt).toISOString()} />,
      },
    ],
    [t],
  );
}

function NarrowRow({ contact }: { contact: Contact }) {
  return (
    <span className="block min-w-0">
      <bdi className="block truncate font-strong">{nameOf(contact)}</bdi>
      <span className="block truncate text-12 text-ink-muted">
        {[contact.phoneNational, contact.email].filter((one) => one && one !== nameOf(contact)).join(" · ")}
      </span>
    </span>
  );
}
