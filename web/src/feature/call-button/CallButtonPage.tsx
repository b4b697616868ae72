// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { Designer } from "./Designer";
import { buttonQuery } from "./queries";
import { Requests } from "./Requests";

/** The button that this call centre gives its web sites. */
export function CallButtonPage() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("click-to-call.write");
  const query = useQuery(buttonQuery);
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("callButton.title")} intro={t("callButton.intro")} />
      {query.isPending ? <SkeletonRows rows={8} /> : null}
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isSuccess ? (
        <>
          <Designer key={query.data?._id ?? "new"} button={query.data} writes={writes} />
          <Requests />
        </>
      ) : null}
    </div>
  );
}
