// SPDX-License-Identifier: Apache-2.0

import type { ReactElement, ReactNode } from "react";
import { Menu as AriaMenu, Header, MenuItem, MenuSection, MenuTrigger, Popover } from "react-aria-components";
import { cx } from "./cx";
import { listBox, option, popover } from "./style";

export interface MenuChoice {
  readonly id: string;
  readonly text: string;
  /** The language of the text, where it is not the page's. */
  readonly lang?: string;
  readonly icon?: ReactNode;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly checked?: boolean;
  readonly onChoose: () => void;
}

export interface MenuProps {
  readonly label: string;
  readonly trigger: ReactElement;
  /** Words above the choices, such as who is signed in. */
  readonly heading?: ReactNode;
  readonly choices: readonly MenuChoice[];
}

/** Things to do that need no place of their own. */
export function Menu({ label, trigger, heading, choices }: MenuProps) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className={cx(popover, "min-w-48")} placement="bottom end">
        <AriaMenu aria-label={label} className={listBox}>
          <MenuSection>
            {heading ? <Header className="px-2 py-2 text-12 text-ink-muted">{heading}</Header> : null}
            {choices.map((choice) => (
              <MenuItem
                key={choice.id}
                id={choice.id}
                textValue={choice.text}
                isDisabled={choice.disabled ?? false}
                onAction={choice.onChoose}
                className={cx(option, choice.danger && "text-missed-ink", choice.checked && "font-strong")}
              >
                {choice.icon}
                <span className="grow" lang={choice.lang}>
                  {choice.text}
                </span>
              </MenuItem>
            ))}
          </MenuSection>
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
