// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";
import { cx } from "./cx";

export type Tone = "neutral" | "accent" | "waiting" | "talking" | "missed";

const tones: Record<Tone, string> = {
  neutral: "bg-finished-soft text-finished-ink",
  accent: "bg-accent-soft text-accent-ink",
  waiting: "bg-waiting-soft text-waiting-ink",
  talking: "bg-talking-soft text-talking-ink",
  missed: "bg-missed-soft text-missed-ink",
};

/** A word about the thing it stands beside. */
export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={cx(
        "tabular inline-flex h-5 shrink-0 items-center gap-1 rounded-box px-2 text-12 font-strong whitespace-nowrap",
        tones[tone],
      )}
    >
      {children}
    </span>
  );
}
