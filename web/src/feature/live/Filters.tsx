// SPDX-License-Identifier: Apache-2.0

import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Card } from "@/api/types";
import { directions } from "@/api/types";
import { Button } from "@/ui/Button";
import { ChipFilter } from "@/ui/Chip";
import { Field } from "@/ui/Field";
import { type BoardFilter, choicesOf } from "./columns";

export interface FiltersProps {
  readonly filter: BoardFilter;
  readonly cards: ReadonlyMap<number, Card>;
  readonly onChange: (change: Partial<Record<keyof BoardFilter, string>>) => void;
}

/** What narrows the board. All of it stands in the address. */
export const Filters = memo(function Filters({ filter, cards, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const choices = useMemo(() => choicesOf(cards.values()), [cards]);
  const any = Object.values(filter).some(Boolean);
  return (
    <search className="flex shrink-0 flex-wrap items-center gap-2 max-sm:flex-col max-sm:flex-nowrap max-sm:items-stretch">
      <div className="w-full sm:w-72">
        <Field
          label={t("live.search")}
          hideLabel
          type="search"
          placeholder={t("live.search")}
          value={filter.q ?? ""}
          onChange={(q) => onChange({ q })}
        />
      </div>
      <div className="flex flex-wrap items-center gap-2 max-sm:flex-nowrap max-sm:overflow-x-auto">
        <ChipFilter
          label={t("live.queue")}
          value={filter.queue ?? ""}
          choices={choices.queues}
          onChange={(queue) => onChange({ queue })}
        />
        <ChipFilter
          label={t("live.agent")}
          value={filter.agent ?? ""}
          choices={choices.agents}
          onChange={(agent) => onChange({ agent })}
        />
        <ChipFilter
          label={t("live.direction")}
          value={filter.direction ?? ""}
          choices={directions.map((id) => ({ id, text: t(`direction.${id}`) }))}
          onChange={(direction) => onChange({ direction })}
        />
        {choices.connectors.length > 1 || filter.connector ? (
          <ChipFilter
            label={t("live.connector")}
            value={filter.connector ?? ""}
            choices={choices.connectors}
            onChange={(connector) => onChange({ connector })}
          />
        ) : null}
        {any ? (
          <Button
            small
            look="quiet"
            onPress={() => onChange({ q: "", queue: "", agent: "", direction: "", connector: "" })}
          >
            {t("ui.clearFilters")}
          </Button>
        ) : null}
      </div>
    </search>
  );
});
