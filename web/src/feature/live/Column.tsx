// SPDX-License-Identifier: Apache-2.0

import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { CallState, Card } from "@/api/types";
import { figure } from "@/format/number";
import { cx } from "@/ui/cx";
import { useClock } from "@/ui/Moment";
import { StateShape } from "@/ui/StatePill";
import { CallCard } from "./CallCard";

export const cardPx = 84;

export interface ColumnProps {
  readonly state: CallState;
  readonly cards: readonly Card[];
  readonly openId: string | undefined;
  readonly activeId: number | undefined;
  /** The focus is on its way to this call; its card must exist. */
  readonly wantedId: number | undefined;
  readonly onReached: () => void;
  readonly bare?: boolean;
}

/** The calls of one state; only those in sight exist. */
export function Column({ state, cards, openId, activeId, wantedId, onReached, bare }: ColumnProps) {
  const { t } = useTranslation();
  const { locale } = useClock();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => cardPx,
    getItemKey: (index) => cards[index]?.id ?? index,
    overscan: 4,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: cards that move later must not scroll the column.
  useEffect(() => {
    const at = wantedId === undefined ? -1 : cards.findIndex((card) => card.id === wantedId);
    if (at >= 0) {
      virtual.scrollToIndex(at);
    }
  }, [wantedId]);

  const count = figure(cards.length, locale);
  const name = t("live.column", { state: t(`look.${state}`), n: count });
  return (
    <section
      aria-label={name}
      data-state={state}
      className="flex min-h-0 min-w-0 grow basis-0 md:min-w-48 flex-col rounded-box bg-sunken"
    >
      {bare ? null : (
        <h2 className="flex h-9 shrink-0 items-center gap-2 px-3 text-12 font-strong text-ink-muted">
          <StateShape look={state} />
          <span className="grow truncate">{t(`look.${state}`)}</span>
          <span className="tabular text-14 text-ink">{count}</span>
        </h2>
      )}
      <div ref={scroller} className={cx("min-h-0 grow overflow-y-auto px-2", bare ? "pt-2" : "")}>
        {cards.length === 0 ? (
          <p className="px-1 py-2 text-12 text-ink-faint">{t("live.columnEmpty")}</p>
        ) : null}
        <div
          role={cards.length > 0 ? "list" : undefined}
          className="relative"
          style={{ height: virtual.getTotalSize() }}
        >
          {virtual.getVirtualItems().map((item) => {
            const card = cards[item.index];
            return card ? (
              // biome-ignore lint/a11y/useSemanticElements: as above.
              <div
                key={item.key}
                role="listitem"
                aria-setsize={cards.length}
                aria-posinset={item.index + 1}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <CallCard
                  card={card}
                  open={String(card.id) === openId}
                  active={card.id === activeId}
                  wanted={card.id === wantedId}
                  onReached={onReached}
                />
              </div>
            ) : null;
          })}
        </div>
      </div>
    </section>
  );
}
