// SPDX-License-Identifier: Apache-2.0

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { cx } from "./cx";
import { useNarrow } from "./media";

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  /** A CSS grid track: "120px", "minmax(160px, 2fr)". */
  readonly width: string;
  /** Numbers stand at the end of their column. */
  readonly end?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

export interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  readonly onOpen?: (row: Row) => void;
  readonly openKey?: string | number | undefined;
  /** One row on a narrow screen, where columns do not fit. */
  readonly narrow: (row: Row) => ReactNode;
  /** The reader comes near the end: fetch more. */
  readonly onNearEnd?: () => void;
  /** Stands after the last row. */
  readonly foot?: ReactNode;
}

const rowPx = 36;
const narrowRowPx = 64;
const gapPx = 16;

/** Rows in columns. Only rows in sight exist; arrows, Home, End and Page keys move between rows, Enter opens one. */
export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, rows, keyOf, onOpen, openKey, narrow, onNearEnd, foot } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const isNarrow = useNarrow();
  const size = isNarrow ? narrowRowPx : rowPx;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const lastSeen = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (rows.length > 0 && lastSeen >= rows.length - 20) {
      onNearEnd?.();
    }
  }, [lastSeen, rows.length, onNearEnd]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: measured again when the row height changes.
  useEffect(() => virtual.measure(), [size]);

  const focusRow = (index: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setActive(next);
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus();
    });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / size) - 1);
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      focusRow(to);
    }
  };

  const template = columns.map((c) => c.width).join(" ");
  const widthMin = isNarrow
    ? 0
    : columns.reduce((sum, c) => sum + gapPx + Number(/\d+/.exec(c.width)?.[0] ?? 0), gapPx);
  return (
    <div ref={scroller} className="min-h-0 grow overflow-auto">
      {/* biome-ignore lint/a11y/useSemanticElements: a <table> cannot hold rows that are placed one by one. */}
      <div
        role="grid"
        tabIndex={-1}
        aria-label={label}
        aria-rowcount={rows.length + 1}
        onKeyDown={onKeyDown}
        className="relative outline-none"
        style={{ minWidth: widthMin }}
      >
        {isNarrow ? null : (
          // biome-ignore lint/a11y/useSemanticElements: as above.
          // biome-ignore lint/a11y/useFocusableInteractive: the head does nothing.
          <div
            role="row"
            aria-rowindex={1}
            className="sticky top-0 z-10 grid h-8 items-center gap-x-4 border-b border-line bg-canvas px-4 text-12 font-strong text-ink-muted"
            style={{ gridTemplateColumns: template }}
          >
            {columns.map((column) => (
              // biome-ignore lint/a11y/useSemanticElements: as above.
              // biome-ignore lint/a11y/useFocusableInteractive: as above.
              <div key={column.id} role="columnheader" className={cx("truncate", column.end && "text-end")}>
                {column.header}
              </div>
            ))}
          </div>
        )}
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) {
              return null;
            }
            const key = keyOf(row);
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above.
              <div
                key={key}
                role="row"
                data-index={item.index}
                aria-rowindex={item.index + 2}
                aria-selected={key === openKey}
                tabIndex={item.index === Math.min(active, rows.length - 1) ? 0 : -1}
                onFocus={() => setActive(item.index)}
                onClick={() => document.getSelection()?.isCollapsed !== false && onOpen?.(row)}
                onKeyDown={(event) => {
                  if (event.key === "Enter" && event.target === event.currentTarget) {
                    onOpen?.(row);
                  }
                }}
                className={cx(
                  "ring-focus-inset absolute inset-x-0 grid items-center gap-x-4 border-b border-line px-4",
                  key === openKey ? "bg-accent-soft" : onOpen && "hover:bg-hover",
                )}
                style={{
                  gridTemplateColumns: isNarrow ? "minmax(0, 1fr)" : template,
                  height: size,
                  transform: `translateY(${item.start}px)`,
                }}
              >
                {isNarrow ? (
                  // biome-ignore lint/a11y/useSemanticElements: as above.
                  // biome-ignore lint/a11y/useFocusableInteractive: the row takes the focus.
                  <div role="gridcell">{narrow(row)}</div>
                ) : (
                  columns.map((column) => (
                    // biome-ignore lint/a11y/useSemanticElements: as above.
                    // biome-ignore lint/a11y/useFocusableInteractive: the row takes the focus.
                    <div
                      key={column.id}
                      role="gridcell"
                      className={cx("min-w-0 truncate", column.end && "tabular text-end")}
                    >
                      {column.cell(row)}
                    </div>
                  ))
                )}
              </div>
            );
          })}
        </div>
      </div>
      {foot}
    </div>
  );
}
