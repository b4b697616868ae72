// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEntry } from "@/api/people";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Moment } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { Sheet } from "@/ui/Sheet";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { type Column, Table } from "@/ui/Table";
import { type AuditFilter, auditQuery, exportAddress } from "./queries";

const fields = ["actor", "action", "object"] as const;

/** Who did what, and from where. */
export function AuditPage() {
  const { t } = useTranslation();
  const { call: _call, at: _at, ...filter } = useSearch({ from: "/frame/audit" });
  const navigate = useNavigate({ from: "/audit" });
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
          <Button
            icon={<Download aria-hidden size={16} />}
            onPress={() => location.assign(exportAddress(filter))}
          >
            {t("audit.export")}
          </Button>
        </PageHead>
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
        cell: (e) => <code className="font-mono text-12">{e.action}</code>,
      },
      {
        id: "object",
        header: t("audit.object"),
        width: "minmax(200px, 2fr)",
        cell: (e) => <code className="truncate font-mono text-12 text-ink-muted">{e.object}</code>,
      },
      {
        id: "address",
        header: t("audit.address"),
        width: "minmax(112px, 1fr)",
        cell: (e) => <span className="tabular text-ink-muted">{e.address}</span>,
      },
    ],
    [t],
  );
}

function NarrowRow({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  return (
    <span className="block min-w-0">
      <span className="block truncate">
        <bdi className="font-strong">{whoOf(entry) || t("audit.tandem")}</bdi>{" "}
        <code className="font-mono text-12">{entry.action}</code>
      </span>
      <span className="block truncate text-12 text-ink-muted">
        <Moment at={entry.at} /> {entry.object}
      </span>
    </span>
  );
}

/** What was before, and what is after. */
function EntrySheet({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { t } = useTranslation();
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
          <h2 className="text-18 font-strong">{entry.action}</h2>
          <p className="text-12 break-all text-ink-muted">{entry.object}</p>
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
