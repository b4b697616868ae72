// SPDX-License-Identifier: Apache-2.0

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PageHead } from "@/ui/PageHead";
import { Tabs } from "@/ui/Tabs";
import { Queues } from "./Queues";
import { Rules } from "./Rules";

/** Where calls go, and why. */
export function RoutingPage() {
  const { t } = useTranslation();
  const { tab } = useSearch({ from: "/frame/routing" });
  const navigate = useNavigate({ from: "/routing" });
  const tabs = [
    { id: "rules", text: t("routing.tabRules"), panel: <Rules /> },
    { id: "queues", text: t("routing.tabQueues"), panel: <Queues /> },
  ];
  const known = tabs.some((each) => each.id === tab);
  return (
    <div className="flex min-h-0 grow flex-col gap-2 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("routing.title")} intro={t("routing.intro")} />
      <Tabs
        label={t("routing.title")}
        value={known && tab ? tab : "rules"}
        onChange={(id) => void navigate({ search: (before) => ({ ...before, tab: id }), replace: true })}
        tabs={tabs}
      />
    </div>
  );
}
