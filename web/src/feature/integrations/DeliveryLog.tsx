// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Delivery, deliveryStates, type Endpoint } from "@/api/integrations";
import { Badge, type Tone } from "@/ui/Badge";
import { ChipFilter } from "@/ui/Chip";
import { Moment } from "@/ui/Moment";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { type Column, Table } from "@/ui/Table";
import { DeliverySheet } from "./DeliverySheet";
import { deliveriesQuery } from "./queries";

/** Everything that was sent to an endpoint, or is still to be. */
export function DeliveryLog({ endpoint, writes }: { endpoint: Endpoint; writes: boolean }) {
  const { t } = useTranslation();
  const { delivery: openId, status = "" } = useSearch({ from: "/frame/integrations/$id" });
  const navigate = useNavigate({ from: "/integrations/$id" });
  const query = useInfiniteQuery(deliveriesQuery(endpoint._id, status));
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useColumns();
  const open = rows.find((row) => String(row.id) === openId);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const show = (delivery: string) => void navigate({ search: (before) => ({ ...before, delivery }) });
  return (
    <>
      <div className="flex items-center justify-between gap-3 px-3 md:px-4">
        <h2 className="text-14 font-strong">{t("integrations.log")}</h2>
        <ChipFilter
          label={t("integrations.state")}
          value={status}
          onChange={(chosen) =>
            void navigate({ search: (before) => ({ ...before, status: chosen }), replace: true })
          }
          choices={deliveryStates.map((id) => ({ id, text: t(`integrations.status_${id}`) }))}
        />
      </div>
      {query.isPending ? <SkeletonRows rows={8} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && rows.length === 0 ? (
        <EmptyState title={t("integrations.logEmpty")} text={t("integrations.logEmptyText")} />
      ) : null}
      {rows.length > 0 ? (
        <Table
          label={t("integrations.log")}
          columns={columns}
          rows={rows}
          keyOf={(row) => String(row.id)}
          openKey={openId}
          onOpen={(row) => show(String(row.id))}
          narrow={(row) => <NarrowRow delivery={row} />}
          onNearEnd={onNearEnd}
          foot={
            <p role="status" className="px-4 py-3 text-12 text-ink-faint">
              {hasNextPage ? t("ui.loading") : t("integrations.logEnd")}
            </p>
          }
        />
      ) : null}
      {open ? (
        <DeliverySheet endpoint={endpoint} delivery={open} writes={writes} onClose={() => show("")} />
      ) : null}
    </>
  );
}

const tones: Readonly<Record<Delivery["status"], Tone>> = {
  pending: "waiting",
  sent: "talking",
  failed: "missed",
  skipped: "neutral",
};

/** What became of a delivery. */
export function DeliveryState({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation();
  return <Badge tone={tones[delivery.status]}>{t(`integrations.status_${delivery.status}`)}</Badge>;
}

function useColumns(): readonly Column<Delivery>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        id: "created",
        header: t("integrations.created"),
        width: "132px",
        cell: (row) => (row.createdAt ? <Moment at={row.createdAt} /> : null),
      },
      {
        id: "type",
        header: t("integrations.event"),
        width: "minmax(140px, 1fr)",
        cell: (row) => <code className="font-mono text-12">{row.type}</code>,
      },
      {
        id: "about",
        header: t("integrations.about"),
        width: "minmax(160px, 2fr)",
        cell: (row) => <code className="font-mono text-12 text-ink-muted">{row.stream}</code>,
      },
      {
        id: "state",
        header: t("integrations.state"),
        width: "112px",
        cell: (row) => <DeliveryState delivery={row} />,
      },
      {
        id: "answer",
        header: t("integrations.answer"),
        width: "minmax(140px, 1fr)",
        cell: (row) => row.error || row.httpStatus || t("ui.none"),
      },
      {
        id: "attempts",
        header: t("integrations.attempts"),
        width: "80px",
        end: true,
        cell: (row) => row.attempts,
      },
      {
        id: "took",
        header: t("integrations.took"),
        width: "80px",
        end: true,
        cell: (row) => t("integrations.ms", { ms: row.tookMs }),
      },
    ],
    [t],
  );
}

function NarrowRow({ delivery }: { delivery: Delivery }) {
  return (
    <div className="flex items-center justify-between gap-3">
      <span className="min-w-0">
        <span className="block truncate font-mono text-12">{delivery.type}</span>
        <span className="block truncate text-12 text-ink-muted">
          {delivery.createdAt ? <Moment at={delivery.createdAt} /> : null}{" "}
          {delivery.error || delivery.httpStatus || ""}
        </span>
      </span>
      <DeliveryState delivery={delivery} />
    </div>
  );
}
