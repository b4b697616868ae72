// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEntry } from "@/api/people";
import { useMe } from "@/api/session";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Moment } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { Sheet } from "@/ui/Sheet";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { type Column, Table } from "@/ui/Table";
import { type AuditFilter, agentNamesQuery, auditQuery, exportAddress } from "./queries";
import { type Names, objectName, useActionName } from "./words";

const nobody: Names = new Map();

/** Names for the ids of the trail, as far as this person may know them. */
function useNames(): Names {
  const { rights } = useMe();
  return useQuery({ ...agentNamesQuery, enabled: rights.includes("agent.read") }).data ?? nobody;
}

const fields = ["actor", "action", "object"] as const;

/** Who did what, and from where. */
export function AuditPage() {
  const { t } = useTranslation();
  const { call: _call, at: _at, ...filter } = useSearch({ from: "/frame/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const mayRead = useMe().rights.includes("audit.read");
  const query = useInfiniteQuery(auditQuery(filter));
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const columns = useColumns();
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const set = (change: AuditFilter) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  return (
    <div className="flex min-h-0 grow flex-col gap-3 pt-3">
      <div className="flex flex-col gap-3 px-3 md:px-4">
        <PageHead title={t("audit.title")} intro={t("audit.intro")}>
          {mayRead ? (
            <Button
              icon={<Download aria-hidden size={16} />}
              onPress={() => location.assign(exportAddress(filter))}
            >
              {t("audit.export")}
            </Button>
          ) : null}
        </PageHead>
        {mayRead ? (
          <search className="flex flex-wrap gap-2">
            {fields.map((name) => (
              <div key={name} className="w-full sm:w-56">
                <Field
                  label={t(`audit.${name}`)}
                  hideLabel
                  placeholder={t(`audit.${name}Like`)}
                  value={filter[name] ?? ""}
                  onChange={(value) => set({ [name]: value })}
                  type="search"
                />
              </div>
            ))}
          </search>
        ) : null}
      </div>
      {query.isPending ? <SkeletonRows rows={16} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && rows.length === 0 ? <EmptyState title={t("audit.none")} /> : null}
      {rows.length > 0 ? (
        <Table
          label={t("audit.title")}
          columns={columns}
          rows={rows}
          keyOf={(row) => row.id}
          openKey={open?.id}
          onOpen={setOpen}
          narrow={(row) => <NarrowRow entry={row} />}
          onNearEnd={onNearEnd}
        />
      ) : null}
      {open ? <EntrySheet entry={open} onClose={() => setOpen(null)} /> : null}
    </div>
  );
}

const whoOf = (entry: AuditEntry) => entry.actor.name || entry.actor.id;

function useColumns(): readonly Column<AuditEntry>[] {
  const { t } = useTranslation();
  const names = useNames();
  const actionName = useActionName();
  return useMemo(
    () => [
      { id: "at", header: t("audit.at"), width: "148px", cell: (e) => <Moment at={e.at} precise /> },
      {
        id: "actor",
        header: t("audit.actor"),
        width: "minmax(140px, 1fr)",
        cell: (e) => <bdi className="truncate font-strong">{whoOf(e) || t("audit.tandem")}</bdi>,
      },
      {
        id: "action",
        header: t("audit.action"),
        width: "minmax(160px, 1fr)",
        cell: (e) => (
          <span title={e.action} className="truncate">
            {actionName(e.action)}
          </span>
        ),
      },
      {
        id: "object",
        header: t("audit.object"),
        width: "minmax(200px, 2fr)",
        cell: (e) => (
          <bdi title={e.object} className="truncate text-ink-muted">
            {objectName(e, names)}
          </bdi>
        ),
      },
      {
        id: "address",
        header: t("audit.address"),
        width: "minmax(112px, 1fr)",
        cell: (e) => <span className="tabular text-ink-muted">{e.address}</span>,
      },
    ],
    [t, names, actionName],
  );
}

function NarrowRow({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const names = useNames();
  const actionName = useActionName();
  return (
    <span className="block min-w-0">
      <span className="block truncate">
        <bdi className="font-strong">{whoOf(entry) || t("audit.tandem")}</bdi> {actionName(entry.action)}
      </span>
      <span className="block truncate text-12 text-ink-muted">
        <Moment at={entry.at} /> <bdi>{objectName(entry, names)}</bdi>
      </span>
    </span>
  );
}

/** What was before, and what is after. */
function EntrySheet({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { t } = useTranslation();
  const actionName = useActionName();
  const parts = [
    { id: "before", value: entry.before },
    { id: "after", value: entry.after },
  ] as const;
  return (
    <Sheet
      label={t("audit.entry")}
      subject={entry.id}
      onClose={onClose}
      header={
        <div className="min-w-0">
          <h2 className="text-18 font-strong">{actionName(entry.action)}</h2>
          <p className="font-mono text-12 break-all text-ink-muted">
            {entry.action} {entry.object}
          </p>
        </div>
      }
    >
      <div className="flex flex-col gap-4 p-4">
        <p>
          <bdi className="font-strong">{whoOf(entry) || t("audit.tandem")}</bdi>{" "}
          <span className="text-ink-muted">
            {entry.actor.role} {entry.address} <Moment at={entry.at} precise />
          </span>
        </p>
        {parts.map(({ id, value }) =>
          value ? (
            <section key={id}>
              <h3 className="text-12 font-strong text-ink-muted">{t(`audit.${id}`)}</h3>
              <pre className="overflow-auto rounded-box border border-line bg-sunken p-2 font-mono text-12">
                {JSON.stringify(value, null, 2)}
              </pre>
            </section>
          ) : null,
        )}
        {entry.requestId ? <p className="text-12 text-ink-faint">{entry.requestId}</p> : null}
      </div>
    </Sheet>
  );
}
