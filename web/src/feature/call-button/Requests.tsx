// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import type { CallButtonRequest } from "@/api/types";
import { Button } from "@/ui/Button";
import { Moment } from "@/ui/Moment";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { ErrorState } from "@/ui/State";
import { outcomeQuery, requestsQuery } from "./queries";

/** The visitors who asked to be called, what they agreed to, and what became of it; the newest first. */
export function Requests() {
  const { t } = useTranslation();
  const { rights } = useMe();
  const query = useInfiniteQuery(requestsQuery);
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const seesCalls = rights.includes("call.read");
  const columns = ["at", "number", ...(seesCalls ? (["outcome"] as const) : []), "page", "agreed"] as const;
  return (
    <section className="flex flex-col gap-2">
      <h2 className="text-14 font-strong">{t("callButton.recent")}</h2>
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data && items.length === 0 ? (
        <p className="text-14 text-ink-muted">{t("callButton.none")}</p>
      ) : null}
      {items.length > 0 ? (
        <div className="relative overflow-x-auto">
          <table className="w-full text-14">
            <thead className="text-start text-12 text-ink-muted">
              <tr>
                {columns.map((column) => (
                  <th key={column} className="py-1 pe-4 text-start font-strong whitespace-nowrap">
                    {t(`callButton.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((request) => (
                <Row key={request.id} request={request} seesCalls={seesCalls} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {query.hasNextPage ? (
        <div>
          <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {t("ui.loadMore")}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

function Row({ request, seesCalls }: { request: CallButtonRequest; seesCalls: boolean }) {
  return (
    <tr className="border-t border-line align-top">
      <td className="py-2 pe-4 whitespace-nowrap">
        <Moment at={request.at} />
      </td>
      <td className="py-2 pe-4 whitespace-nowrap">
        <PhoneNumber raw={request.number} national={request.national} />
      </td>
      {seesCalls ? (
        <td className="min-w-40 py-2 pe-4">
          <Outcome id={request.outgoingCall} />
        </td>
      ) : null}
      <td className="min-w-40 py-2 pe-4 break-all text-ink-muted">{request.page || request.origin}</td>
      <td className="min-w-40 py-2 text-12 leading-5 wrap-anywhere whitespace-pre-line text-ink-muted">
        {request.consent}
      </td>
    </tr>
  );
}

/** What became of the call that was asked for. */
function Outcome({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: call } = useQuery(outcomeQuery(id));
  if (!call) {
    return null;
  }
  return (
    <span data-outcome={call.state}>
      {t(`agents.outcome_${call.state}`)}
      {call.reason ? (
        <span className="block text-12 text-ink-muted">
          {t(`agents.reason_${call.reason}`, { defaultValue: call.reason })}
        </span>
      ) : null}
    </span>
  );
}
