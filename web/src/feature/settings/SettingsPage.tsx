// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { LimitTable } from "./LimitTable";
import { limitsQuery, settingsQuery } from "./queries";
import { SettingsForm } from "./SettingsForm";

/** What this call centre says of itself, how long it keeps what, and how much it may do. */
export function SettingsPage() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("settings.write");
  const settings = useQuery(settingsQuery);
  const limits = useQuery(limitsQuery);
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("settings.title")} intro={writes ? t("settings.intro") : t("settings.readOnly")} />
      <div className="grid items-start gap-8 lg:grid-cols-[minmax(0,560px)_minmax(320px,560px)]">
        <div className="min-w-0">
          {settings.isPending ? <SkeletonRows rows={8} /> : null}
          {settings.isError && !settings.data ? (
            <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />
          ) : null}
          {settings.data ? <SettingsForm settings={settings.data} writes={writes} /> : null}
        </div>
        <section aria-labelledby="limits" className="flex min-w-0 flex-col gap-2">
          <h2 id="limits" className="font-strong">
            {t("settings.limits")}
          </h2>
          <p className="max-w-[70ch] text-ink-muted">{t("settings.limitsText")}</p>
          {limits.isPending ? <SkeletonRows rows={8} /> : null}
          {limits.isError && !limits.data ? (
            <ErrorState error={limits.error} onRetry={() => void limits.refetch()} />
          ) : null}
          {limits.data ? <LimitTable limits={limits.data} /> : null}
        </section>
      </div>
    </div>
  );
}
