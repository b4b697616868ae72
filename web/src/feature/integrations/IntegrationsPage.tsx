// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import { Button } from "@/ui/Button";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { Tabs } from "@/ui/Tabs";
import { EndpointDialog } from "./EndpointDialog";
import { EndpointList } from "./EndpointList";
import { endpointsQuery, templatesQuery } from "./queries";
import { SystemList } from "./SystemList";
import { TemplateList } from "./TemplateList";

const tabs = ["endpoints", "systems", "templates"] as const;

/** The systems that are told what happens, and asked who is calling. */
export function IntegrationsPage() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("integration.write");
  const { tab } = useSearch({ from: "/frame/integrations" });
  const navigate = useNavigate({ from: "/integrations" });
  const endpoints = useQuery(endpointsQuery);
  const templates = useQuery(templatesQuery);
  const [adding, setAdding] = useState(false);
  const open = (id: string) => void navigate({ to: "/integrations/$id", params: { id } });
  const add =
    writes && templates.data ? (
      <Button look="primary" icon={<Plus aria-hidden size={16} />} onPress={() => setAdding(true)}>
        {t("integrations.add")}
      </Button>
    ) : null;
  const failed = [endpoints, templates].find((query) => query.isError && !query.data);
  const list = endpoints.data?.items ?? [];
  const kinds = templates.data?.items ?? [];
  const panel = (id: (typeof tabs)[number]) => {
    switch (id) {
      case "systems":
        return <SystemList writes={writes} />;
      case "templates":
        return <TemplateList templates={kinds} writes={writes} />;
      default:
        return <EndpointList endpoints={list} templates={kinds} add={add} onOpen={open} />;
    }
  };
  return (
    <div className="flex min-h-0 grow flex-col gap-3 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("integrations.title")} intro={t("integrations.intro")}>
        {list.length > 0 ? add : null}
      </PageHead>
      {failed ? <ErrorState error={failed.error} onRetry={() => void failed.refetch()} /> : null}
      {!failed && (endpoints.isPending || templates.isPending) ? <SkeletonRows rows={6} /> : null}
      {endpoints.data && templates.data ? (
        <Tabs
          label={t("integrations.title")}
          value={tabs.find((id) => id === tab) ?? "endpoints"}
          onChange={(id) => void navigate({ search: (before) => ({ ...before, tab: id }), replace: true })}
          tabs={tabs.map((id) => ({ id, text: t(`integrations.tab_${id}`), panel: panel(id) }))}
        />
      ) : null}
      {adding ? (
        <EndpointDialog
          endpoint={null}
          templates={kinds}
          onClose={() => setAdding(false)}
          onSaved={(saved) => open(saved._id)}
        />
      ) : null}
    </div>
  );
}
