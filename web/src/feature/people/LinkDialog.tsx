// SPDX-License-Identifier: Apache-2.0

import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { AgentAccount } from "@/api/people";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Dialog } from "@/ui/Dialog";
import { Moment } from "@/ui/Moment";
import { Skeleton } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { useLink } from "./queries";

export interface LinkDialogProps {
  readonly agent: Pick<AgentAccount, "_id" | "name">;
  readonly kind: "invitation" | "password-reset";
  readonly onClose: () => void;
}

/** Makes a link by which somebody chooses their own password, and shows it this once. */
export function LinkDialog({ agent, kind, onClose }: LinkDialogProps) {
  const { t } = useTranslation();
  const { mutate, data, isError, error } = useLink();
  useEffect(() => mutate({ id: agent._id, kind }), [mutate, agent._id, kind]);
  return (
    <Dialog
      open
      onClose={onClose}
      title={kind === "invitation" ? t("people.invite") : t("people.reset")}
      actions={<Button onPress={onClose}>{t("ui.close")}</Button>}
    >
      <div className="flex flex-col gap-3">
        <p className="text-ink-muted">{t("people.linkText", { name: agent.name })}</p>
        {data ? (
          <>
            <code className="rounded-box border border-line bg-sunken p-2 font-mono text-12 break-all">
              {data.url}
            </code>
            <div className="flex flex-wrap items-center gap-3">
              <CopyButton text={data.url} label={t("people.copyLink")} word={t("people.copyLink")} />
              <span className="text-12 text-ink-muted">
                {t("people.linkUntil")} <Moment at={data.expiresAt} />
              </span>
            </div>
          </>
        ) : null}
        {isError ? <ErrorState error={error} onRetry={() => mutate({ id: agent._id, kind })} /> : null}
        {data || isError ? null : <Skeleton className="h-8" />}
      </div>
    </Dialog>
  );
}
