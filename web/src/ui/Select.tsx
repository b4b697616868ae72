// SPDX-License-Identifier: Apache-2.0

import { Check, ChevronDown } from "lucide-react";
import {
  Select as AriaSelect,
  Button,
  FieldError,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  Text,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";
import { control, fault, hint, label as labelLook, listBox, option, popover } from "./style";

export interface Choice {
  readonly id: string;
  readonly text: string;
  readonly detail?: string;
}

export interface SelectProps {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly value: string;
  readonly onChange: (id: string) => void;
  readonly choices: readonly Choice[];
  readonly help?: string;
  readonly error?: string | undefined;
  readonly disabled?: boolean;
}

/** One of a few. */
export function Select({ label, hideLabel, value, onChange, choices, help, error, disabled }: SelectProps) {
  const { t } = useTranslation();
  return (
    <AriaSelect
      value={value}
      onChange={(id) => onChange(String(id ?? ""))}
      isDisabled={disabled ?? false}
      isInvalid={Boolean(error)}
      validationBehavior="aria" // a refusal of the server's must not keep the form from being sent again
      className="flex min-w-0 flex-col gap-1"
    >
      <Label className={hideLabel ? "sr-only" : labelLook}>{label}</Label>
      <Button className={cx(control, "flex items-center justify-between gap-2 text-start")}>
        <SelectValue className="min-w-0 truncate data-placeholder:text-ink-faint">
          {({ isPlaceholder, selectedText }) => (isPlaceholder ? t("ui.choose") : selectedText)}
        </SelectValue>
        <ChevronDown aria-hidden size={14} className="shrink-0 text-ink-faint" />
      </Button>
      {help ? (
        <Text slot="description" className={hint}>
          {help}
        </Text>
      ) : null}
      <FieldError className={fault}>{error}</FieldError>
      <Popover className={cx(popover, "min-w-(--trigger-width)")}>
        <ChoiceList choices={choices} />
      </Popover>
    </AriaSelect>
  );
}

/** The open list of a select or a chip. */
export function ChoiceList({ choices }: { choices: readonly Choice[] }) {
  return (
    <ListBox items={choices} className={listBox}>
      {(choice) => (
        <ListBoxItem id={choice.id} textValue={choice.text} className={option}>
          {({ isSelected }) => (
            <>
              <span className="min-w-0 grow">
                <span className="block truncate">{choice.text}</span>
                {choice.detail ? (
                  <span className="block text-12 font-regular text-ink-faint">{choice.detail}</span>
                ) : null}
              </span>
              <Check
                aria-hidden
                size={14}
                className={cx("shrink-0 text-accent-ink", !isSelected && "invisible")}
              />
            </>
          )}
        </ListBoxItem>
      )}
    </ListBox>
  );
}
