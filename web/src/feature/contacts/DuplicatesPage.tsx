// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import { Button } from "@/ui/Button";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { duplicatesQuery } from "./queries";
import { Twins } from "./Twins";

/** Contacts that have a number or an address in common, to be made one. */
export function DuplicatesPage() {
  const { t } = useTranslation();
  const { rights } = useMe();
  const writes = rights.includes("contact.write") || rights.includes("contact.write.own");
  const query = useInfiniteQuery(duplicatesQuery);
  const sets = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <Link
        to="/contacts"
        className="ring-focus flex items-center gap-1 self-start rounded-box text-12 text-ink-muted hover:text-ink"
      >
        <ChevronLeft aria-hidden size={14} />
        {t("contacts.title")}
      </Link>
      <PageHead title={t("duplicates.title")} intro={t("duplicates.intro")} />
      {query.isPending ? <SkeletonRows rows={6} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && sets.length === 0 && !query.hasNextPage ? (
        <EmptyState title={t("duplicates.none")} text={t("duplicates.noneText")} />
      ) : null}
      <ul className="flex max-w-[960px] flex-col gap-3">
        {sets.map(({ reason, contacts }) => (
          // Merged, or changed by somebody else, it is another set.
          <Twins
            key={`${reason} ${contacts.map(({ _id }) => _id).join()}`}
            reason={reason}
            contacts={contacts}
            writes={writes}
          />
        ))}
      </ul>
      {query.hasNextPage ? (
        <div>
          <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {t("ui.loadMore")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
