// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { useBoard } from "@/feed/react";
import { figure } from "@/format/number";
import { cx } from "@/ui/cx";
import { LiveDuration } from "@/ui/Duration";
import { useClock } from "@/ui/Moment";
import { useNarrow } from "@/ui/media";
import { Skeleton } from "@/ui/Skeleton";
import { Stat } from "@/ui/Stat";

const buckets = ["new", "standby", "waiting", "entered", "ongoing", "left", "finished"] as const;
const events = {
  new: "call.new",
  standby: "call.standby",
  waiting: "call.waiting",
  entered: "actor.entered",
  ongoing: "call.ongoing",
  left: "actor.left",
  finished: "call.finished",
};

/** The figures of the moment: who waits first, then how much goes on, then the seven buckets by last event. */
export function Figures({ stale }: { stale: boolean }) {
  const { t } = useTranslation();
  const { locale } = useClock();
  const narrow = useNarrow();
  const counts = useBoard((state) => state.counts);
  const shown = (n: number | undefined) =>
    n === undefined ? <Skeleton className="my-1 h-4 w-10" /> : figure(n, locale);
  const waiting = counts?.waitingNow ?? 0;
  return (
    <section
      aria-label={t("live.figures")}
      // On a narrow screen it scrolls, which keys must be able to do.
      tabIndex={narrow ? 0 : undefined}
      className={cx(
        "ring-focus shrink-0 rounded-box max-md:overflow-x-auto",
        stale && "opacity-60 grayscale",
      )}
    >
      <dl className="flex items-end gap-x-6 gap-y-1 pb-1 md:flex-wrap">
        <Stat
          large
          label={t("live.waitingNow")}
          formula={t("live.waitingNowFormula")}
          value={shown(counts?.waitingNow ?? (counts ? 0 : undefined))}
          tone={waiting > 0 ? "waiting" : "plain"}
        />
        <Stat
          large
          label={t("live.longestWait")}
          formula={t("live.longestWaitFormula")}
          value={counts?.longestWaitSince ? <LiveDuration since={counts.longestWaitSince} /> : "–"}
          tone={counts?.longestWaitSince ? "waiting" : "plain"}
        />
        <Stat
          large
          label={t("live.active")}
          formula={t("live.activeFormula")}
          value={shown(counts?.activeCallsCount)}
        />
        <div aria-hidden className="h-10 w-px shrink-0 bg-line" />
        {buckets.map((bucket) => (
          <Stat
            key={bucket}
            label={t(`live.${bucket}`)}
            formula={t("live.bucketFormula", { event: events[bucket] })}
            value={shown(counts?.eventCall[bucket])}
          />
        ))}
        <div aria-hidden className="h-10 w-px shrink-0 bg-line" />
        <Stat label={t("live.users")} formula={t("live.usersFormula")} value={shown(counts?.userCount)} />
      </dl>
    </section>
  );
}
