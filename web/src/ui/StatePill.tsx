// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import type { CallState, Outcome } from "@/api/types";
import { cx } from "./cx";

/** What a call is to the eye: its state, and once it is over how it ended. */
export type Look =
  | "NEW"
  | "STANDBY"
  | "WAITING"
  | "ONGOING"
  | "FINISHED"
  | "abandoned"
  | "missed"
  | "expired"
  | "paused"
  | "unknown";

export function lookOf(state: CallState | "", outcome: Outcome): Look {
  if (state === "") {
    return "unknown";
  }
  if (state === "FINISHED" && (outcome === "abandoned" || outcome === "missed" || outcome === "expired")) {
    return outcome;
  }
  return state;
}

const inks: Record<Look, string> = {
  NEW: "text-ringing-ink bg-ringing-soft",
  STANDBY: "text-ringing-ink bg-ringing-soft",
  WAITING: "text-waiting-ink bg-waiting-soft",
  ONGOING: "text-talking-ink bg-talking-soft",
  FINISHED: "text-finished-ink bg-finished-soft",
  abandoned: "text-missed-ink bg-missed-soft",
  missed: "text-missed-ink bg-missed-soft",
  expired: "text-finished-ink bg-finished-soft",
  paused: "text-paused-ink bg-paused-soft",
  unknown: "text-finished-ink bg-finished-soft",
};

const solids: Record<Look, string> = {
  NEW: "text-ringing",
  STANDBY: "text-ringing",
  WAITING: "text-waiting",
  ONGOING: "text-talking",
  FINISHED: "text-finished",
  abandoned: "text-missed",
  missed: "text-missed",
  expired: "text-finished",
  paused: "text-paused",
  unknown: "text-finished",
};

// Each state has a shape of its own, so that it is told apart without its colour.
const shapes: Record<Look, React.ReactNode> = {
  NEW: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="2" />,
  STANDBY: (
    <>
      <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="2" />
      <path d="M6 2a4 4 0 0 1 0 8z" fill="currentColor" />
    </>
  ),
  WAITING: <path d="M2 1h8L7 6l3 5H2l3-5z" fill="currentColor" />,
  ONGOING: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  FINISHED: <rect x="2" y="2" width="8" height="8" rx="1" fill="currentColor" />,
  abandoned: <path d="M2.5 2.5l7 7m0-7l-7 7" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />,
  missed: (
    <path
      d="M9.5 2.5l-6 6m0-5v5h5"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.2"
      strokeLinecap="round"
    />
  ),
  expired: (
    <rect
      x="2"
      y="2"
      width="8"
      height="8"
      rx="1"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeDasharray="2 2"
    />
  ),
  unknown: <path d="M2 6h8" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />,
  paused: <path d="M4 2v8M8 2v8" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />,
};

/** The shape alone, where the word stands beside it. */
export function StateShape({ look, className }: { look: Look; className?: string }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 12 12" className={cx("size-3 shrink-0", solids[look], className)}>
      {shapes[look]}
    </svg>
  );
}

/** The state of a call, said three times: colour, shape, word. */
export function StatePill({ look }: { look: Look }) {
  const { t } = useTranslation();
  return (
    <span
      className={cx(
        "inline-flex h-5 items-center gap-1 rounded-pill ps-1 pe-2 text-12 font-strong whitespace-nowrap",
        inks[look],
      )}
    >
      <StateShape look={look} />
      {t(`look.${look}`)}
    </span>
  );
}
