// SPDX-License-Identifier: Apache-2.0

import { ChevronDown, X } from "lucide-react";
import { Select as AriaSelect, Button, Popover, ToggleButton } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";
import { type Choice, ChoiceList } from "./Select";
import { popover } from "./style";

const chip =
  "ring-focus inline-flex h-7 shrink-0 max-w-64 items-center gap-1 rounded-pill border px-3 text-12 select-none whitespace-nowrap pointer-coarse:h-9";
const off = "border-line-control bg-surface text-ink-muted data-hovered:bg-hover";
const on = "border-accent bg-accent-soft text-accent-ink font-strong";

export interface ChipFilterProps {
  readonly label: string;
  /** Empty for "any". */
  readonly value: string;
  readonly onChange: (id: string) => void;
  readonly choices: readonly Choice[];
}

/** Narrows a list by one property; says what it holds when it does. */
export function ChipFilter({ label, value, onChange, choices }: ChipFilterProps) {
  const { t } = useTranslation();
  const any: Choice = { id: "", text: t("ui.any") };
  const chosen = choices.find((c) => c.id === value)?.text ?? value;
  return (
    <span className="inline-flex shrink-0 items-center">
      <AriaSelect
        aria-label={label}
        value={value}
        onChange={(id) => onChange(String(id ?? ""))}
        className={cx(
          "inline-flex",
          value && "[&>button]:rounded-e-none [&>button]:border-e-0 [&>button]:pe-1",
        )}
      >
        <Button className={cx(chip, value ? on : off)}>
          <span className="truncate">{value ? t("ui.chip", { label, value: chosen }) : label}</span>
          {value ? null : <ChevronDown aria-hidden size={12} />}
        </Button>
        <Popover className={cx(popover, "min-w-48")}>
          <ChoiceList choices={[any, ...choices]} />
        </Popover>
      </AriaSelect>
      {value ? (
        <Button
          aria-label={t("ui.clearFilter", { label })}
          onPress={() => onChange("")}
          className={cx(chip, on, "rounded-s-none border-s-0 ps-1 pe-2")}
        >
          <X aria-hidden size={12} />
        </Button>
      ) : null}
    </span>
  );
}

export interface ChipSwitchProps {
  readonly label: string;
  readonly value: boolean;
  readonly onChange: (on: boolean) => void;
}

/** Narrows a list by yes or no. */
export function ChipSwitch({ label, value, onChange }: ChipSwitchProps) {
  return (
    <ToggleButton isSelected={value} onChange={onChange} className={cx(chip, value ? on : off)}>
      {label}
    </ToggleButton>
  );
}
