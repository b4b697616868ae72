// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import type { AgentState, AgentStateName } from "@/api/types";
import { cx } from "@/ui/cx";

const inks: Record<AgentStateName, string> = {
  busy: "text-talking-ink bg-talking-soft",
  ringing: "text-ringing-ink bg-ringing-soft",
  wrap_up: "text-waiting-ink bg-waiting-soft",
  paused: "text-paused-ink bg-paused-soft",
  free: "text-accent-ink bg-accent-soft",
  logged_out: "text-finished-ink bg-finished-soft",
};

// Each state has a shape of its own, so that it is told apart without its colour.
const shapes: Record<AgentStateName, React.ReactNode> = {
  busy: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  ringing: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="2" />,
  wrap_up: <path d="M2 1h8L7 6l3 5H2l3-5z" fill="currentColor" />,
  paused: <path d="M4 2v8M8 2v8" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />,
  free: (
    <path
      d="M2 6.5l3 3 5-6.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.2"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  logged_out: <path d="M2 6h8" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />,
};

/** What an agent does, said three times: colour, shape, word; and why they pause. */
export function AgentPill({ state, reason }: Pick<AgentState, "state" | "reason">) {
  const { t } = useTranslation();
  return (
    <span
      className={cx(
        "inline-flex h-5 max-w-full items-center gap-1 rounded-pill ps-1 pe-2 text-12 font-strong whitespace-nowrap",
        inks[state],
      )}
    >
      <svg aria-hidden="true" viewBox="0 0 12 12" className="size-3 shrink-0">
        {shapes[state]}
      </svg>
      <span className="truncate">
        {reason
          ? t("agents.because", { state: t(`agents.state_${state}`), reason })
          : t(`agents.state_${state}`)}
      </span>
    </span>
  );
}
