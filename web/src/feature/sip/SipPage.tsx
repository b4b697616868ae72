// SPDX-License-Identifier: Apache-2.0

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import { PageHead } from "@/ui/PageHead";
import { Tabs } from "@/ui/Tabs";
import { Accounts } from "./Accounts";
import { Providers } from "./Providers";

/** By which accounts hotlines are registered, and who rents them out. */
export function SipPage() {
  const { t } = useTranslation();
  const { rights, tenant } = useMe();
  const { tab = "accounts" } = useSearch({ from: "/frame/sip" });
  const navigate = useNavigate({ from: "/sip" });
  if (!tenant.uuid) {
    return (
      <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
        <PageHead title={t("sip.providers")} intro={t("sip.providersIntro")} />
        <Providers />
      </div>
    );
  }
  const tabs = [
    { id: "accounts", text: t("sip.accounts"), panel: <Accounts /> },
    ...(rights.includes("provider.read")
      ? [{ id: "providers", text: t("sip.providers"), panel: <Providers /> }]
      : []),
  ];
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("sip.title")} intro={t("sip.intro")} />
      <Tabs
        label={t("sip.title")}
        value={tab}
        onChange={(next) =>
          void navigate({ search: { tab: next === "accounts" ? "" : next }, replace: true })
        }
        tabs={tabs}
      />
    </div>
  );
}
