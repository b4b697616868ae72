// SPDX-License-Identifier: Apache-2.0

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import { PageHead } from "@/ui/PageHead";
import { Tabs } from "@/ui/Tabs";
import { Agents } from "./Agents";
import { Roles } from "./Roles";

/** Who works here, and what they may do. */
export function PeoplePage() {
  const { t } = useTranslation();
  const { rights } = useMe();
  const { tab = "agents" } = useSearch({ from: "/frame/people" });
  const navigate = useNavigate({ from: "/people" });
  const tabs = [
    { id: "agents", text: t("people.agents"), panel: <Agents /> },
    ...(rights.includes("role.read") ? [{ id: "roles", text: t("people.roles"), panel: <Roles /> }] : []),
  ];
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("people.title")} intro={t("people.intro")} />
      <Tabs
        label={t("people.title")}
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next === "agents" ? "" : next }, replace: true })}
        tabs={tabs}
      />
    </div>
  );
}
