// SPDX-License-Identifier: Apache-2.0

import {
  type KeyboardEvent,
  type MouseEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { type CallState, callStates } from "@/api/types";
import { useLive } from "@/feed/react";
import { figure } from "@/format/number";
import { cx } from "@/ui/cx";
import { useClock } from "@/ui/Moment";
import { useNarrow } from "@/ui/media";
import { StateShape } from "@/ui/StatePill";
import { Segmented } from "@/ui/Tabs";
import { Column } from "./Column";
import { type Columns, neighbour } from "./columns";
import { Travel } from "./travel";

export interface BoardProps {
  readonly columns: Columns;
  readonly openId: string | undefined;
  readonly onOpen: (id: string) => void;
  /** On a narrow screen, the one column that shows. */
  readonly column: CallState;
  readonly onColumn: (state: CallState) => void;
  readonly stale: boolean;
}

function callOf(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>("[data-call]") : null;
}

/** Five columns of calls that move as the calls do. */
export function Board({ columns, openId, onOpen, column, onColumn, stale }: BoardProps) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const board = useRef<HTMLDivElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const [activeId, setActiveId] = useState<number>();
  const [wantedId, setWantedId] = useState<number>();
  useTravel(board, layer);
  const onReached = useCallback(() => setWantedId(undefined), []);
  const focused = useKeptFocus(board);

  const openState = callStates.find((state) => columns[state].some((card) => String(card.id) === openId));
  useColumnInSight(board, openState);

  const known = callStates.some((state) => columns[state].some((card) => card.id === activeId));
  const first = callStates.map((state) => columns[state][0]).find(Boolean)?.id;

  const onKeyDown = (event: KeyboardEvent) => {
    const element = callOf(event.target);
    const state = element?.dataset.column as CallState | undefined;
    if (!element || !state || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const id = Number(element.dataset.call);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onOpen(String(id));
      return;
    }
    const index = columns[state].findIndex((card) => card.id === id);
    const next = neighbour(narrow ? { ...none, [state]: columns[state] } : columns, state, index, event.key);
    if (next) {
      event.preventDefault();
      setActiveId(next.id);
      setWantedId(next.id);
    }
  };
  const onClick = (event: MouseEvent) => {
    const element = callOf(event.target);
    if (element && document.getSelection()?.isCollapsed !== false) {
      onOpen(element.dataset.call ?? "");
    }
  };
  const shown = narrow ? [column] : callStates;
  return (
    <div className="flex min-h-0 grow flex-col gap-2">
      {narrow ? <ColumnSwitch columns={columns} column={column} onColumn={onColumn} /> : null}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms. */}
      <div
        ref={board}
        role="group"
        aria-label={t("live.columns")}
        aria-describedby="board-keys"
        onKeyDown={onKeyDown}
        onClick={onClick}
        onFocus={(event) => {
          const id = callOf(event.target)?.dataset.call;
          focused.current = id;
          if (id) {
            setActiveId(Number(id));
          }
        }}
        onBlur={(event) => {
          // A card that is taken out of the page while it has the focus blurs to nowhere; its focus is kept.
          if (event.relatedTarget) {
            focused.current = undefined;
          }
        }}
        className={cx("flex min-h-0 grow gap-2 md:overflow-x-auto", stale && "opacity-60 grayscale")}
      >
        {shown.map((state) => (
          <Column
            key={state}
            state={state}
            cards={columns[state]}
            openId={openId}
            activeId={known ? activeId : first}
            wantedId={wantedId}
            onReached={onReached}
            bare={narrow}
          />
        ))}
      </div>
      <div ref={layer} aria-hidden className="pointer-events-none fixed inset-0 z-10 overflow-hidden" />
      <p id="board-keys" className="sr-only">
        {t("live.keys")}
      </p>
    </div>
  );
}

const none: Columns = { NEW: [], STANDBY: [], WAITING: [], ONGOING: [], FINISHED: [] };

function ColumnSwitch({ columns, column, onColumn }: Pick<BoardProps, "columns" | "column" | "onColumn">) {
  const { t } = useTranslation();
  const { locale } = useClock();
  return (
    <Segmented
      label={t("live.columns")}
      value={column}
      onChange={(id) => onColumn(id as CallState)}
      choices={callStates.map((state) => ({
        id: state,
        content: (
          <>
            <span className="tabular flex items-center gap-1 text-14 font-strong text-ink">
              <StateShape look={state} />
              {figure(columns[state].length, locale)}
            </span>
            <span className="max-w-full truncate">{t(`look.${state}`)}</span>
          </>
        ),
      }))}
    />
  );
}

/** Cards that change their column travel there. */
function useTravel(
  board: React.RefObject<HTMLDivElement | null>,
  layer: React.RefObject<HTMLDivElement | null>,
): void {
  const live = useLive();
  const travel = useRef<Travel>(null);
  useEffect(() => {
    const { current } = layer;
    if (!current) {
      return;
    }
    travel.current = new Travel(current);
    const stop = live.board.onBeforeChange(
      (ids) => board.current && travel.current?.depart(board.current, ids),
    );
    return () => {
      stop();
      travel.current = null;
    };
  }, [live, board, layer]);
  useLayoutEffect(() => {
    if (board.current) {
      travel.current?.arrive(board.current);
    }
  });
}

/** The sheet takes width from the board; the column of the call that it shows stays in sight. */
function useColumnInSight(board: React.RefObject<HTMLDivElement | null>, state: CallState | undefined): void {
  useEffect(() => {
    const column = state && board.current?.querySelector(`[data-state="${state}"]`);
    column?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [board, state]);
}

/** The focus follows a call that is moved to another column. */
function useKeptFocus(board: React.RefObject<HTMLDivElement | null>) {
  const focused = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (
      focused.current !== undefined &&
      (!document.activeElement || document.activeElement === document.body)
    ) {
      board.current
        ?.querySelector<HTMLElement>(`[data-call="${focused.current}"]`)
        ?.focus({ preventScroll: true });
    }
  });
  return focused;
}
