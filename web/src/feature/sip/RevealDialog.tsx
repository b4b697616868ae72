// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import type { SipAccount } from "@/api/administration";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Dialog } from "@/ui/Dialog";
import { fault } from "@/ui/style";
import { useReveal } from "./queries";

/** Asks first, as it is written down who saw a password; then shows it until it is closed. */
export function RevealDialog({ account, onClose }: { account: SipAccount; onClose: () => void }) {
  const { t } = useTranslation();
  const { mutate, data, isError, error, isPending } = useReveal();
  const actions = data ? (
    <Button look="primary" onPress={onClose}>
      {t("ui.close")}
    </Button>
  ) : (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" isPending={isPending} onPress={() => mutate(account._id)}>
        {t("sip.reveal")}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={t("sip.revealOf", { name: account._id })} actions={actions}>
      <div className="flex flex-col gap-3">
        <p className="text-ink-muted">{data ? t("sip.revealed") : t("sip.revealText")}</p>
        {data ? (
          <div className="flex items-center gap-2">
            <code className="min-w-0 grow rounded-box border border-line bg-sunken p-2 font-mono text-12 break-all select-all">
              {data.password}
            </code>
            <CopyButton text={data.password} label={t("sip.copyPassword")} />
          </div>
        ) : null}
        <div role="alert" className={fault}>
          {isError ? error.message || t("error.unreachableText") : null}
        </div>
      </div>
    </Dialog>
  );
}
