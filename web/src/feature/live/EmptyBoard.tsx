// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useMe } from "@/api/session";
import type { Connector, Page } from "@/api/types";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/State";

/** A board that has never seen a call: connect a phone system or, where there is one, post an event by hand. */
export function EmptyBoard() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayConnect = useMe().rights.includes("connector.read");
  const connectors = useQuery({
    queryKey: ["connectors"],
    queryFn: ({ signal }) => api.get<Page<Connector>>("/api/v1/connectors", {}, signal),
    enabled: mayConnect,
  });
  const address = connectors.data?.items[0]?.webhookUrl;
  const action = (
    <Button look="primary" onPress={() => void navigate({ to: "/connect" })}>
      {t("live.emptyAction")}
    </Button>
  );
  return (
    <EmptyState
      title={t("live.empty")}
      text={address ? t("live.emptyTextTry") : t("live.emptyText")}
      action={mayConnect ? action : undefined}
      {...(address ? { example: exampleOf(new URL(address, location.origin).href) } : {})}
    />
  );
}

function exampleOf(address: string): string {
  const event = `{"type":"call.new","call_id":"c-1","direction":"inbound",\n       "their_number":"0901234567","our_number":"08007770000"}`;
  return `curl -H 'Content-Type: application/json' ${address} \\\n  -d '${event}'`;
}
