// SPDX-License-Identifier: Apache-2.0

import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Endpoint } from "@/api/integrations";
import { Button } from "@/ui/Button";
import { Moment } from "@/ui/Moment";
import { PartialNote } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { useEnableEndpoint } from "./queries";

/** What is wrong with an endpoint, and what to do about it. */
export function Notices({ endpoint, writes }: { endpoint: Endpoint; writes: boolean }) {
  const { t } = useTranslation();
  const { replay } = endpoint;
  return (
    <>
      {endpoint.enabled ? null : <Disabled endpoint={endpoint} writes={writes} />}
      {endpoint.enabled && endpoint.failingSince ? (
        <PartialNote>
          <span>
            {t("integrations.failingText", { error: endpoint.lastError, count: endpoint.pending })}{" "}
            <Moment at={endpoint.failingSince} />
          </span>
        </PartialNote>
      ) : null}
      {replay && !replay.finishedAt ? (
        <p role="status" className="flex items-center gap-3 text-12 text-ink-muted">
          {t("integrations.replaying", { count: replay.matched })}
          <progress value={replay.progress} className="h-1 w-32 accent-accent" />
        </p>
      ) : null}
    </>
  );
}

function Disabled({ endpoint, writes }: { endpoint: Endpoint; writes: boolean }) {
  const { t } = useTranslation();
  const enable = useEnableEndpoint(endpoint._id);
  const act = (replay: boolean) =>
    enable.mutate(replay, {
      onSuccess: () => toast(t("integrations.enabled", { name: endpoint.name })),
      onError: (error) => toast(error.message, { bad: true }),
    });
  const reason = endpoint.disabledReason === "by hand" ? "byHand" : endpoint.disabledReason || "byHand";
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-box bg-waiting-soft px-3 py-2 text-waiting-ink">
      <p className="flex min-w-0 grow items-center gap-2">
        <TriangleAlert aria-hidden size={16} className="shrink-0" />
        {t(`integrations.reason_${reason}`)}
      </p>
      {writes ? (
        <span className="flex flex-wrap gap-2">
          <Button look="primary" onPress={() => act(true)} isPending={enable.isPending}>
            {t("integrations.catchUp")}
          </Button>
          <Button onPress={() => act(false)} isDisabled={enable.isPending}>
            {t("integrations.fromNow")}
          </Button>
        </span>
      ) : null}
    </div>
  );
}
