// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";
import { cx } from "./cx";

export interface StatProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly shape?: ReactNode;
  /** What the figure counts, on hover. */
  readonly formula?: string;
  readonly large?: boolean;
  readonly tone?: "plain" | "waiting" | "missed";
}

const inks = { plain: "text-ink", waiting: "text-waiting-ink", missed: "text-missed-ink" };

/** One figure and what it counts. Lives inside a `<dl>`. */
export function Stat({ label, value, shape, formula, large, tone = "plain" }: StatProps) {
  return (
    <div className="flex shrink-0 flex-col-reverse justify-end" title={formula}>
      <dd className={cx("tabular truncate font-strong", large ? "text-28" : "text-18", inks[tone])}>
        {value}
      </dd>
      <dt className="flex items-center gap-1 text-12 text-ink-muted">
        {shape}
        <span className="truncate">{label}</span>
      </dt>
    </div>
  );
}
