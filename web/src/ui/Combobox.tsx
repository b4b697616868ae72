// SPDX-License-Identifier: Apache-2.0

import { ChevronDown } from "lucide-react";
import {
  ComboBox as AriaComboBox,
  Button,
  FieldError,
  Group,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Text,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";
import type { Choice } from "./Select";
import { control, fault, hint, label as labelLook, listBox, option, popover } from "./style";

export interface ComboboxProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly choices: readonly Choice[];
  /** The choices come from a search that is still going on. */
  readonly searching?: boolean;
  readonly help?: string;
  readonly error?: string | undefined;
  readonly placeholder?: string;
}

/** One of many, or a text of one's own. Choosing puts the choice's id into the field. */
export function Combobox({
  label,
  value,
  onChange,
  choices,
  searching,
  help,
  error,
  placeholder,
}: ComboboxProps) {
  const { t } = useTranslation();
  const wanted = value.toLowerCase();
  const exact = choices.some((c) => c.id === value);
  const fitting = exact ? choices : choices.filter((c) => `${c.id} ${c.text}`.toLowerCase().includes(wanted));
  return (
    <AriaComboBox
      items={fitting}
      inputValue={value}
      onInputChange={onChange}
      onChange={(id) => id !== null && onChange(String(id))}
      allowsCustomValue
      allowsEmptyCollection={searching ?? false}
      isInvalid={Boolean(error)}
      validationBehavior="aria"
      className="flex min-w-0 flex-col gap-1"
    >
      <Label className={labelLook}>{label}</Label>
      <Group className="relative">
        <Input className={cx(control, "pe-8")} placeholder={placeholder} spellCheck={false} />
        <Button className="absolute inset-e-0 inset-y-0 flex w-8 items-center justify-center text-ink-faint">
          <ChevronDown aria-hidden size={14} />
        </Button>
      </Group>
      {help && !error ? (
        <Text slot="description" className={hint}>
          {help}
        </Text>
      ) : null}
      <FieldError className={fault}>{error}</FieldError>
      <Popover className={cx(popover, "min-w-(--trigger-width)")}>
        <ListBox<Choice>
          className={listBox}
          renderEmptyState={() => (
            <div className="px-2 py-1 text-14 text-ink-faint">
              {searching ? t("ui.searching") : t("ui.noMatch")}
            </div>
          )}
        >
          {(choice) => (
            <ListBoxItem id={choice.id} textValue={choice.id} className={option}>
              <span className="tabular shrink-0 font-strong">{choice.id}</span>
              <span className="truncate text-ink-muted">{choice.text}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaComboBox>
  );
}
