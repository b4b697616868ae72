// SPDX-License-Identifier: Apache-2.0

import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "@/api/administration";
import { IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Menu } from "@/ui/Menu";
import { toast } from "@/ui/Toast";
import { EraseDialog } from "./EraseDialog";
import { LimitsDialog } from "./LimitsDialog";
import { exportAddress, useStanding } from "./queries";

/** What can be done with a call centre as a whole. */
export function More({ account, writes }: { account: Account; writes: boolean }) {
  const { t } = useTranslation();
  const { name, uuid, state } = account;
  const [open, setOpen] = useState<"limits" | "suspend" | "erase" | null>(null);
  const close = () => setOpen(null);
  const standing = useStanding(uuid);
  const onError = (error: Error) => toast(error.message || t("error.unreachableText"), { bad: true });
  const suspended = state === "suspended";
  const living = writes && state !== "erasing";
  const choices = [
    ...(living ? [{ id: "limits", text: t("tenants.edit"), onChoose: () => setOpen("limits") }] : []),
    { id: "export", text: t("tenants.export"), onChoose: () => window.location.assign(exportAddress(uuid)) },
    ...(living
      ? [
          suspended
            ? {
                id: "resume",
                text: t("tenants.resume"),
                onChoose: () =>
                  standing.mutate("resume", {
                    onError,
                    onSuccess: () => toast(t("tenants.resumed", { name })),
                  }),
              }
            : { id: "suspend", text: t("tenants.suspend"), onChoose: () => setOpen("suspend") },
        ]
      : []),
    ...(writes
      ? [{ id: "erase", text: t("tenants.erase"), danger: true, onChoose: () => setOpen("erase") }]
      : []),
  ];
  return (
    <>
      <Menu
        label={t("tenants.moreOf", { name })}
        trigger={
          <IconButton small label={t("tenants.moreOf", { name })} icon={<Ellipsis aria-hidden size={16} />} />
        }
        choices={choices}
      />
      <Confirm
        open={open === "suspend"}
        onClose={close}
        title={t("tenants.suspend")}
        text={t("tenants.suspendText", { name })}
        act={t("tenants.suspend")}
        pending={standing.isPending}
        onAct={() => standing.mutate("suspend", { onError, onSuccess: close })}
      />
      {open === "limits" ? <LimitsDialog account={account} onClose={close} /> : null}
      {open === "erase" ? <EraseDialog account={account} onClose={close} /> : null}
    </>
  );
}
