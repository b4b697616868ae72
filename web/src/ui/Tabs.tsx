// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";
import {
  Tabs as AriaTabs,
  Tab,
  TabList,
  TabPanel,
  ToggleButton,
  ToggleButtonGroup,
} from "react-aria-components";

export interface TabsProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (id: string) => void;
  readonly tabs: readonly { readonly id: string; readonly text: string; readonly panel: ReactNode }[];
}

/** Parts of one screen, one shown at a time. */
export function Tabs({ label, value, onChange, tabs }: TabsProps) {
  return (
    <AriaTabs
      selectedKey={value}
      onSelectionChange={(id) => onChange(String(id))}
      className="flex min-h-0 flex-col"
    >
      <TabList aria-label={label} className="flex shrink-0 gap-4 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <Tab
            key={tab.id}
            id={tab.id}
            className="ring-focus-inset -mb-px cursor-default border-b-2 border-transparent py-2 text-14 whitespace-nowrap text-ink-muted data-hovered:text-ink data-selected:border-accent data-selected:font-strong data-selected:text-ink"
          >
            {tab.text}
          </Tab>
        ))}
      </TabList>
      {tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id} className="ring-focus-inset min-h-0 pt-4">
          {tab.panel}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}

export interface SegmentedProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (id: string) => void;
  readonly choices: readonly { readonly id: string; readonly content: ReactNode }[];
}

/** One of a handful, all of them in sight. */
export function Segmented({ label, value, onChange, choices }: SegmentedProps) {
  return (
    <ToggleButtonGroup
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const [key] = keys;
        if (key !== undefined) {
          onChange(String(key));
        }
      }}
      className="flex gap-1 rounded-box bg-sunken p-1"
    >
      {choices.map((choice) => (
        <ToggleButton
          key={choice.id}
          id={choice.id}
          className="ring-focus flex min-w-0 grow basis-0 flex-col items-center rounded-box py-1 text-12 text-ink-muted select-none data-hovered:text-ink data-selected:bg-surface data-selected:font-strong data-selected:text-ink"
        >
          {choice.content}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
