// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import type { Connector } from "@/api/types";
import { Button } from "@/ui/Button";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { ConnectorCard } from "./ConnectorCard";
import { ConnectorDialog } from "./ConnectorDialog";
import { connectorsQuery } from "./queries";

/** The phone systems that tell Tandem of their calls. */
export function ConnectPage() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("connector.write");
  const query = useQuery(connectorsQuery);
  const [edited, setEdited] = useState<Connector | "new" | null>(null);
  const add = writes ? (
    <Button look="primary" icon={<Plus aria-hidden size={16} />} onPress={() => setEdited("new")}>
      {t("connect.add")}
    </Button>
  ) : null;
  const connectors = query.data?.items ?? [];
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("connect.title")} intro={t("connect.intro")}>
        {connectors.length > 0 ? add : null}
      </PageHead>
      {query.isPending ? <SkeletonRows rows={6} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && connectors.length === 0 ? (
        <EmptyState title={t("connect.empty")} text={t("connect.emptyText")} action={add} />
      ) : null}
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,480px),1fr))] gap-3">
        {connectors.map((connector) => (
          <ConnectorCard
            key={connector.id}
            connector={connector}
            writes={writes}
            onEdit={() => setEdited(connector)}
          />
        ))}
      </ul>
      {edited ? (
        <ConnectorDialog connector={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      ) : null}
    </div>
  );
}
