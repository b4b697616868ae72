// SPDX-License-Identifier: Apache-2.0

// Looks that several pieces share.

export const popover =
  "z-40 rounded-box bg-surface shadow-float outline-none animate-[enter-up_120ms_var(--ease-out)] data-exiting:opacity-0";

export const listBox = "max-h-80 overflow-auto p-1 outline-none";

export const option =
  "flex min-h-8 cursor-default items-center gap-2 rounded-box px-2 py-1 text-14 text-ink outline-none select-none " +
  "data-focused:bg-hover data-selected:font-strong data-disabled:text-ink-faint";

export const control =
  "h-8 w-full min-w-0 rounded-box border border-line-strong bg-surface px-2 text-14 text-ink outline-none " +
  "data-hovered:border-ink-muted focus:border-accent focus:outline-1 focus:outline-accent " +
  "data-invalid:border-missed data-disabled:bg-sunken data-disabled:text-ink-faint pointer-coarse:h-11";

export const label = "text-12 font-strong text-ink-muted";

export const hint = "text-12 text-ink-faint";

export const fault = "text-12 text-missed-ink";
