// SPDX-License-Identifier: Apache-2.0

import { ArrowDown, ArrowUp, Ellipsis, GripVertical, Pencil } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { Button as AriaButton, GridList, GridListItem, useDragAndDrop } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Badge } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Menu } from "@/ui/Menu";
import { type DraftRule, moved } from "./draft";
import { sentence } from "./sentence";

export interface RuleListProps {
  readonly rules: readonly DraftRule[];
  readonly writes: boolean;
  readonly onChange: (rules: readonly DraftRule[]) => void;
  readonly onEdit: (rule: DraftRule) => void;
}

/** The rules in their order. They are moved by dragging, with Alt and an arrow key, or from the menu. */
export function RuleList({ rules, writes, onChange, onEdit }: RuleListProps) {
  const { t } = useTranslation();
  const indexOf = (key: unknown) => rules.findIndex((rule) => rule.key === key);
  const [said, setSaid] = useState("");
  const move = (from: number, to: number) => {
    const next = moved(rules, from, to);
    const rule = rules[from];
    if (rule && next !== rules) {
      onChange(next);
      setSaid(t("routing.moved", { name: rule.name, n: next.indexOf(rule) + 1 }));
    }
  };
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ "text/plain": rules[indexOf(key)]?.name ?? "" })),
    onReorder: ({ keys, target }) => {
      const [key] = keys;
      const from = indexOf(key);
      const at = indexOf(target.key) + (target.dropPosition === "after" ? 1 : 0);
      move(from, from < at ? at - 1 : at);
    },
    isDisabled: !writes,
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = event.target instanceof Element ? event.target.closest("[data-key]") : null;
    if (writes && event.altKey && step && row) {
      event.preventDefault();
      event.stopPropagation();
      const from = indexOf(row.getAttribute("data-key"));
      move(from, from + step);
    }
  };
  return (
    <div onKeyDownCapture={onKeyDown}>
      <GridList
        aria-label={t("routing.rules")}
        items={rules.map((rule, index) => ({ id: rule.key, rule, index }))}
        dragAndDropHooks={dragAndDropHooks}
        onAction={(key) => {
          const rule = rules[indexOf(key)];
          if (rule && writes) {
            onEdit(rule);
          }
        }}
        className="flex flex-col overflow-hidden rounded-box border border-line bg-surface outline-none"
      >
        {({ rule, index }) => (
          <GridListItem
            textValue={rule.name}
            className="ring-focus-inset flex items-center gap-3 border-b border-line px-3 py-2 last:border-b-0 data-dragging:opacity-50 data-hovered:bg-hover"
          >
            {writes ? (
              <AriaButton
                slot="drag"
                aria-label={t("routing.drag", { name: rule.name })}
                className="ring-focus rounded-box text-ink-faint"
              >
                <GripVertical aria-hidden size={16} />
              </AriaButton>
            ) : null}
            <span className="tabular w-5 shrink-0 text-end text-ink-faint">{index + 1}</span>
            <span className={cx("min-w-0 grow", !rule.enabled && "text-ink-faint")}>
              <span className="flex items-center gap-2">
                <span className="truncate font-strong">{rule.name}</span>
                {rule.enabled ? null : <Badge>{t("routing.off")}</Badge>}
              </span>
              <span className="block text-12 text-ink-muted">{sentence(t, rule.when)}</span>
            </span>
            <span className="tabular shrink-0 font-strong">{rule.destination}</span>
            {writes ? (
              <>
                <IconButton
                  small
                  label={t("ui.edit")}
                  icon={<Pencil aria-hidden size={14} />}
                  onPress={() => onEdit(rule)}
                />
                <RuleMenu
                  rule={rule}
                  index={index}
                  count={rules.length}
                  onMove={(to) => move(index, to)}
                  onToggle={() =>
                    onChange(
                      rules.map((each) => (each === rule ? { ...rule, enabled: !rule.enabled } : each)),
                    )
                  }
                  onDelete={() => onChange(rules.filter((each) => each !== rule))}
                />
              </>
            ) : null}
          </GridListItem>
        )}
      </GridList>
      <p role="status" className="sr-only">
        {said}
      </p>
    </div>
  );
}

interface RuleMenuProps {
  readonly rule: DraftRule;
  readonly index: number;
  readonly count: number;
  readonly onMove: (to: number) => void;
  readonly onToggle: () => void;
  readonly onDelete: () => void;
}

function RuleMenu({ rule, index, count, onMove, onToggle, onDelete }: RuleMenuProps) {
  const { t } = useTranslation();
  return (
    <Menu
      label={t("ui.more")}
      trigger={<IconButton small label={t("ui.more")} icon={<Ellipsis aria-hidden size={14} />} />}
      choices={[
        {
          id: "up",
          text: t("routing.moveUp"),
          icon: <ArrowUp aria-hidden size={14} />,
          disabled: index === 0,
          onChoose: () => onMove(index - 1),
        },
        {
          id: "down",
          text: t("routing.moveDown"),
          icon: <ArrowDown aria-hidden size={14} />,
          disabled: index === count - 1,
          onChoose: () => onMove(index + 1),
        },
        { id: "toggle", text: rule.enabled ? t("routing.turnOff") : t("routing.turnOn"), onChoose: onToggle },
        { id: "delete", text: t("ui.delete"), danger: true, onChoose: onDelete },
      ]}
    />
  );
}
