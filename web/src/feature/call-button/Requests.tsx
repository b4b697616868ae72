// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Moment } from "@/ui/Moment";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { ErrorState } from "@/ui/State";
import { becameQuery, requestsQuery } from "./queries";

/** The visitors who asked to be called a short while ago. */
export function Requests() {
  const { t } = useTranslation();
  const query = useQuery(requestsQuery);
  const items = query.data?.items ?? [];
  return (
    <section className="flex flex-col gap-2">
      <h2 className="text-14 font-strong">{t("callButton.recent")}</h2>
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data && items.length === 0 ? (
        <p className="text-14 text-ink-muted">{t("callButton.none")}</p>
      ) : null}
      {items.length > 0 ? (
        <table className="w-full max-w-[960px] text-14">
          <thead className="text-start text-12 text-ink-muted">
            <tr>
              <th className="py-1 pe-4 text-start font-strong">{t("callButton.at")}</th>
              <th className="py-1 pe-4 text-start font-strong">{t("callButton.number")}</th>
              <th className="py-1 pe-4 text-start font-strong">{t("callButton.became")}</th>
              <th className="py-1 text-start font-strong">{t("callButton.page")}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((request) => (
              <tr key={request.id} className="border-t border-line">
                <td className="py-2 pe-4 whitespace-nowrap">
                  <Moment at={request.at} />
                </td>
                <td className="py-2 pe-4 whitespace-nowrap">
                  <PhoneNumber raw={request.number} national={request.number} />
                </td>
                <td className="py-2 pe-4">
                  <Became id={request.outgoingCall} />
                </td>
                <td className="py-2 break-all text-ink-muted">{request.page || request.origin}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </section>
  );
}

/** How a call that was asked for stands; nothing for who may not read calls. */
function Became({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: call } = useQuery(becameQuery(id));
  if (!call) {
    return null;
  }
  return (
    <span data-outcome={call.state}>
      {t(`agents.outcome_${call.state}`)}
      {call.reason ? ` · ${t(`agents.reason_${call.reason}`, { defaultValue: call.reason })}` : ""}
    </span>
  );
}
