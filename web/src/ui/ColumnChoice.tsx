// SPDX-License-Identifier: Apache-2.0

import { Check, Columns3 } from "lucide-react";
import { useState } from "react";
import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { cx } from "./cx";
import { listBox, option, popover } from "./style";
import type { Column } from "./Table";

/** Which columns of a table show; remembered on this machine by the table's name. */
export function useColumnChoice<Row>(table: string, columns: readonly Column<Row>[]) {
  const key = `tandem.columns.${table}`;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(
    () => new Set((localStorage.getItem(key) ?? "").split(" ").filter(Boolean)),
  );
  const hide = (ids: ReadonlySet<string>) => {
    localStorage.setItem(key, [...ids].join(" "));
    setHidden(ids);
  };
  const shown = columns.filter((column) => !hidden.has(column.id));
  // A choice that hides everything, from an earlier version of the table, is none.
  return { shown: shown.length > 0 ? shown : columns, hidden, hide };
}

export interface ColumnChoiceProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly hidden: ReadonlySet<string>;
  readonly onHide: (ids: ReadonlySet<string>) => void;
}

/** Shows and hides columns. One always stays. */
export function ColumnChoice<Row>({ columns, hidden, onHide }: ColumnChoiceProps<Row>) {
  const { t } = useTranslation();
  const shown = columns.filter(({ id }) => !hidden.has(id)).map(({ id }) => id);
  return (
    <MenuTrigger>
      <IconButton label={t("ui.columns")} look="secondary" icon={<Columns3 aria-hidden size={16} />} />
      <Popover className={cx(popover, "min-w-48")} placement="bottom end">
        <Menu
          aria-label={t("ui.columns")}
          className={listBox}
          selectionMode="multiple"
          disallowEmptySelection
          shouldCloseOnSelect={false}
          selectedKeys={shown}
          onSelectionChange={(keys) =>
            onHide(new Set(columns.map(({ id }) => id).filter((id) => keys !== "all" && !keys.has(id))))
          }
        >
          {columns.map((column) => (
            <MenuItem key={column.id} id={column.id} textValue={column.header} className={option}>
              {({ isSelected }) => (
                <>
                  <Check
                    aria-hidden
                    size={14}
                    className={cx("shrink-0 text-accent-ink", !isSelected && "invisible")}
                  />
                  {column.header}
                </>
              )}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
