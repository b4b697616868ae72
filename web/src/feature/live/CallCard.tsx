// SPDX-License-Identifier: Apache-2.0

import { ArrowDownLeft, ArrowLeftRight, ArrowUpRight } from "lucide-react";
import { memo, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Card } from "@/api/types";
import { cx } from "@/ui/cx";
import { Duration, LiveDuration } from "@/ui/Duration";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { lookOf, StateShape } from "@/ui/StatePill";
import { since } from "./columns";

const arrows = { inbound: ArrowDownLeft, outbound: ArrowUpRight, internal: ArrowLeftRight };

export interface CallCardProps {
  readonly card: Card;
  readonly open: boolean;
  /** The one card that Tab reaches. */
  readonly active: boolean;
  /** The focus is on its way here. */
  readonly wanted: boolean;
  readonly onReached: () => void;
}

/** A call on the board. What is pressed on it, the board hears. */
export const CallCard = memo(function CallCard({ card, open, active, wanted, onReached }: CallCardProps) {
  const self = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (wanted) {
      self.current?.focus();
      onReached();
    }
  }, [wanted, onReached]);
  const { t } = useTranslation();
  const look = lookOf(card.state, card.outcome);
  const Arrow = card.direction ? arrows[card.direction] : null;
  const agent = card.agent?.name || card.agent?.login || card.agent?.number;
  const queue = card.queue ? `${card.queue.number} ${card.queue.name}`.trim() : "";
  const ending = look === "abandoned" || look === "missed" || look === "expired";
  return (
    // biome-ignore lint/a11y/useSemanticElements: the text of a real button cannot be selected.
    <div
      ref={self}
      role="button"
      tabIndex={active ? 0 : -1}
      data-call={card.id}
      data-column={card.state || undefined}
      aria-pressed={open}
      className={cx(
        "ring-focus flex h-[76px] flex-col justify-between rounded-box border px-3 py-2 select-text",
        open ? "border-accent bg-accent-soft" : "border-line bg-surface hover:border-line-control",
      )}
    >
      <div className="flex items-baseline justify-between gap-2">
        <span className="min-w-0 truncate font-strong">
          {card.caller?.name ? (
            <bdi>{card.caller.name}</bdi>
          ) : (
            <PhoneNumber raw={card.theirNumber} national={card.theirNational} withheld={card.withheld} />
          )}
        </span>
        <span
          className={cx(
            "shrink-0",
            card.state === "WAITING" ? "font-strong text-waiting-ink" : "text-ink-muted",
          )}
        >
          <Running card={card} />
        </span>
      </div>
      <div className="flex items-center justify-between gap-2 text-12 text-ink-muted">
        <span className="flex min-w-0 items-center gap-1">
          {Arrow && card.direction ? (
            <Arrow aria-label={t(`direction.${card.direction}`)} size={12} className="shrink-0" />
          ) : null}
          {card.caller?.name ? (
            <PhoneNumber
              raw={card.theirNumber}
              national={card.theirNational}
              withheld={card.withheld}
              className="truncate"
            />
          ) : (
            <span className="truncate">{card.callId}</span>
          )}
        </span>
        {ending ? (
          <span
            className={cx("flex shrink-0 items-center gap-1", look === "expired" ? "" : "text-missed-ink")}
          >
            <StateShape look={look} />
            {t(`look.${look}`)}
          </span>
        ) : null}
      </div>
      <div className="flex items-center justify-between gap-2 text-12 text-ink-faint">
        <span className={cx("min-w-0 truncate", queue && "text-ink-muted")}>
          {queue || t("live.to", { number: card.ourNational || card.ourNumber })}
        </span>
        {agent ? <bdi className="max-w-[56%] shrink-0 truncate text-ink-muted">{agent}</bdi> : null}
      </div>
    </div>
  );
});

/** How long a call has been in its state; how long it took once it is over. */
function Running({ card }: { card: Card }) {
  const { times, state } = card;
  if (state !== "FINISHED") {
    return <LiveDuration since={since(card)} />;
  }
  const from = times.answered ?? times.new;
  const to = times.ended ?? times.finished;
  return from && to ? <Duration from={from} to={to} /> : null;
}
