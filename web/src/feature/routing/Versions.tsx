// SPDX-License-Identifier: Apache-2.0

import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useMe } from "@/api/session";
import type { RuleSet } from "@/api/types";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Moment } from "@/ui/Moment";
import { toast } from "@/ui/Toast";
import { versionsQuery } from "./queries";

const shownMax = 20;

/** The rules there were before, newest first. A decision names the version it was made with. */
export function Versions({ present, onLoad }: { present: number; onLoad: (rules: RuleSet) => void }) {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("routing.write");
  const query = useQuery(versionsQuery);
  const load = useMutation({
    mutationFn: (version: number) => api.get<RuleSet>("/api/v1/routing/rules", { version }),
    onSuccess: onLoad,
    onError: (error) => toast(error.message, { bad: true }),
  });
  const versions = query.data?.items ?? [];
  if (versions.length === 0) {
    return null;
  }
  return (
    <section className="mt-4">
      <h2 className="mb-1 text-12 font-strong text-ink-muted">{t("routing.tabVersions")}</h2>
      <ul>
        {versions.slice(0, shownMax).map((version) => (
          <li
            key={version.version}
            className="flex min-h-9 items-center gap-3 border-b border-line text-12 text-ink-muted last:border-b-0"
          >
            <span className="tabular w-24 shrink-0 text-14 text-ink">
              {t("routing.version", { n: version.version })}
            </span>
            <Moment at={version.createdAt} />
            <span className="min-w-0 grow truncate">
              {version.createdBy ? t("routing.versionBy", { name: version.createdBy }) : ""}
            </span>
            {version.version === present ? <Badge tone="accent">{t("routing.inForce")}</Badge> : null}
            {writes && version.version !== present ? (
              <Button small look="quiet" onPress={() => load.mutate(version.version)}>
                {t("routing.versionUse")}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
