// SPDX-License-Identifier: Apache-2.0

import type { ReactElement, ReactNode } from "react";
import { Tooltip as AriaTooltip, TooltipTrigger } from "react-aria-components";

/** A word about the control it wraps, on hover and on focus. The child must be able to take focus. */
export function Tooltip({ text, children }: { text: ReactNode; children: ReactElement }) {
  return (
    <TooltipTrigger delay={500} closeDelay={60}>
      {children}
      <AriaTooltip
        offset={6}
        className="z-50 max-w-80 rounded-box bg-ink px-2 py-1 text-12 text-canvas shadow-float data-exiting:opacity-0"
      >
        {text}
      </AriaTooltip>
    </TooltipTrigger>
  );
}
