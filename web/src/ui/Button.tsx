// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";
import { cx } from "./cx";
import { Tooltip } from "./Tooltip";

type Look = "primary" | "secondary" | "quiet" | "danger";

const looks: Record<Look, string> = {
  primary:
    "bg-accent text-on-accent data-hovered:bg-accent-hover data-pressed:bg-accent-hover data-pending:bg-accent-hover",
  secondary:
    "border border-line-control bg-surface text-ink data-hovered:bg-hover data-pressed:bg-pressed data-pending:bg-pressed",
  quiet: "text-ink-muted data-hovered:bg-hover data-hovered:text-ink data-pressed:bg-pressed",
  danger:
    "border border-missed bg-surface text-missed-ink data-hovered:bg-missed-soft data-pressed:bg-missed-soft",
};

const shape =
  "ring-focus inline-flex shrink-0 items-center justify-center gap-2 rounded-box font-strong whitespace-nowrap select-none " +
  "data-disabled:opacity-50 data-pending:cursor-progress";

export interface ButtonProps extends Omit<AriaButtonProps, "children" | "className" | "style"> {
  readonly look?: Look;
  readonly small?: boolean;
  readonly icon?: ReactNode;
  readonly children: ReactNode;
}

/** Does something; its word is a verb. */
export function Button({ look = "secondary", small = false, icon, children, ...rest }: ButtonProps) {
  return (
    <AriaButton
      {...rest}
      className={cx(shape, small ? "h-6 px-2 text-12" : "h-8 px-3 text-14 pointer-coarse:h-11", looks[look])}
    >
      {icon}
      {children}
    </AriaButton>
  );
}

export interface IconButtonProps
  extends Omit<AriaButtonProps, "children" | "className" | "style" | "aria-label"> {
  readonly label: string;
  readonly icon: ReactNode;
  readonly look?: Look;
  readonly small?: boolean;
}

/** A button whose word only shows when asked for. */
export function IconButton({ label, icon, look = "quiet", small = false, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <AriaButton
        {...rest}
        aria-label={label}
        className={cx(shape, small ? "size-6" : "size-8 pointer-coarse:size-11", looks[look])}
      >
        {icon}
      </AriaButton>
    </Tooltip>
  );
}
