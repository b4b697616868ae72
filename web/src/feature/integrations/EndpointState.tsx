// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import type { Endpoint } from "@/api/integrations";
import { Badge } from "@/ui/Badge";

/** Whether an endpoint gets what it is for. */
export function EndpointState({ endpoint }: { endpoint: Endpoint }) {
  const { t } = useTranslation();
  if (!endpoint.enabled) {
    const own = endpoint.disabledReason !== "by hand";
    return <Badge tone={own ? "missed" : "neutral"}>{t("integrations.disabled")}</Badge>;
  }
  return endpoint.failingSince ? (
    <Badge tone="waiting">{t("integrations.failing")}</Badge>
  ) : (
    <Badge tone="talking">{t("integrations.working")}</Badge>
  );
}
