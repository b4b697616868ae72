// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { CopyButton } from "@/ui/CopyButton";

/** A secret that was just made, which is shown this once. */
export function SecretNote({ secret }: { secret: string }) {
  const { t } = useTranslation();
  return (
    <section className="flex flex-col gap-1 rounded-box border border-accent bg-surface p-3">
      <h2 className="text-14 font-strong">{t("integrations.secret")}</h2>
      <p className="text-12 text-ink-muted">{t("integrations.secretText")}</p>
      <div className="flex items-center gap-2 rounded-box bg-sunken py-1 ps-3 pe-1">
        <code className="min-w-0 grow font-mono text-12 break-all select-all">{secret}</code>
        <CopyButton text={secret} label={t("integrations.copySecret")} />
      </div>
    </section>
  );
}
