// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";
import { cx } from "./cx";

/** What happened, in order. */
export function Timeline({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ol aria-label={label} className="relative">
      {children}
    </ol>
  );
}

export interface TimelineItemProps {
  readonly time: ReactNode;
  readonly mark: ReactNode;
  readonly title: ReactNode;
  readonly aside?: ReactNode;
  readonly children?: ReactNode;
  /** This is the instant being looked at. */
  readonly current?: boolean;
  /** After the instant being looked at. */
  readonly later?: boolean;
}

/** One thing that happened. */
export function TimelineItem({ time, mark, title, aside, children, current, later }: TimelineItemProps) {
  return (
    <li
      className={cx(
        "group relative grid grid-cols-[96px_20px_minmax(0,1fr)] gap-x-2 rounded-box px-2 py-1",
        current && "bg-accent-soft",
      )}
      aria-current={current ? "step" : undefined}
    >
      <div className="pt-px text-end text-12 leading-5 text-ink-faint">{time}</div>
      <div className="relative flex justify-center">
        <span
          aria-hidden
          className="absolute -top-1 -bottom-1 w-px bg-line group-first:top-3 group-last:bottom-auto group-last:h-3"
        />
        <span
          className={cx(
            "relative flex size-5 items-center justify-center rounded-pill",
            current ? "bg-accent-soft" : "bg-surface",
          )}
        >
          {mark}
        </span>
      </div>
      <div className="min-w-0">
        <div className={cx("flex min-h-5 items-start justify-between gap-2", later && "text-ink-faint")}>
          <div className="min-w-0 text-14">{title}</div>
          {aside ? <div className="flex shrink-0 items-center gap-1">{aside}</div> : null}
        </div>
        {children}
      </div>
    </li>
  );
}
