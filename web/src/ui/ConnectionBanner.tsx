// SPDX-License-Identifier: Apache-2.0

import { RefreshCw, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Connection } from "@/feed/client";
import { figure } from "@/format/number";
import { Button, IconButton } from "./Button";
import { cx } from "./cx";
import { useClock } from "./Moment";
import { useSecond } from "./second";

/** Words for the state of the live view, short enough for the top bar. */
export function ConnectionMark({ connection }: { connection: Connection }) {
  const { t } = useTranslation();
  const look = {
    connecting: "bg-finished",
    live: "bg-talking",
    lost: "bg-missed",
    ended: "bg-finished",
  }[connection.phase];
  return (
    <span className="flex items-center gap-2 px-2 text-12 text-ink-muted" data-connection={connection.phase}>
      <span
        aria-hidden
        className={cx("size-2", connection.phase === "lost" ? "rotate-45" : "rounded-pill", look)}
      />
      <span className="max-md:sr-only">{t(`connection.${connection.phase}`)}</span>
    </span>
  );
}

/** The live view is not live: since when, and what is being done. What it stands above is greyed. */
export function LostBanner({ since, onRetry }: { since: number; onRetry: () => void }) {
  const { t } = useTranslation();
  useSecond();
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
  return (
    <Banner tone="missed" icon={<RefreshCw aria-hidden size={14} />}>
      <span className="tabular grow">{t("connection.lostFor", { count: seconds })}</span>
      <Button small onPress={onRetry}>
        {t("connection.retryNow")}
      </Button>
    </Banner>
  );
}

/** The live view is back: what happened meanwhile. */
export function ReturnedBanner({ calls, onDismiss }: { calls: number; onDismiss: () => void }) {
  const { t } = useTranslation();
  const { locale } = useClock();
  return (
    <Banner tone="accent">
      <span className="grow">
        {calls > 0
          ? t("connection.missed", { count: calls, n: figure(calls, locale) })
          : t("connection.missedNothing")}
      </span>
      <IconButton small label={t("ui.dismiss")} icon={<X aria-hidden size={14} />} onPress={onDismiss} />
    </Banner>
  );
}

interface BannerProps {
  readonly tone: "missed" | "accent";
  readonly icon?: React.ReactNode;
  readonly children: React.ReactNode;
}

function Banner({ tone, icon, children }: BannerProps) {
  const look = tone === "missed" ? "bg-missed-soft text-missed-ink" : "bg-accent-soft text-accent-ink";
  return (
    <div
      role="status"
      className={cx("flex min-h-8 items-center gap-2 rounded-box py-1 ps-3 pe-1 text-12 font-strong", look)}
    >
      {icon}
      {children}
    </div>
  );
}
