// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { agentStates } from "@/api/types";
import { figure } from "@/format/number";
import { ChipFilter } from "@/ui/Chip";
import { Field } from "@/ui/Field";
import { useClock } from "@/ui/Moment";
import type { AgentFilter, StateCounts } from "./rows";

const orders = ["-state", "since", "-since", "name"] as const;

export interface AgentFiltersProps {
  readonly filter: AgentFilter;
  readonly counts: StateCounts;
  readonly onChange: (change: Partial<Record<keyof AgentFilter, string>>) => void;
}

/** What narrows and orders the list, and how many are in each state. */
export function AgentFilters({ filter, counts, onChange }: AgentFiltersProps) {
  const { t } = useTranslation();
  const { locale } = useClock();
  const [text, setText] = useState(filter.q ?? "");
  useEffect(() => setText(filter.q ?? ""), [filter.q]);
  const change = (q: string) => {
    setText(q);
    onChange({ q });
  };
  return (
    <search className="flex shrink-0 flex-wrap items-center gap-2 max-sm:flex-col max-sm:flex-nowrap max-sm:items-stretch">
      <div className="w-full sm:w-72">
        <Field
          label={t("agents.search")}
          hideLabel
          type="search"
          placeholder={t("agents.search")}
          value={text}
          onChange={change}
        />
      </div>
      <div className="flex flex-wrap items-center gap-2 max-sm:flex-nowrap max-sm:overflow-x-auto">
        <ChipFilter
          label={t("agents.state")}
          value={filter.state ?? ""}
          choices={agentStates.map((id) => ({
            id,
            text: t("agents.counted", { state: t(`agents.state_${id}`), n: figure(counts[id], locale) }),
          }))}
          onChange={(state) => onChange({ state })}
        />
        <ChipFilter
          label={t("agents.sort")}
          value={filter.sort ?? ""}
          choices={orders.map((id) => ({ id, text: t(`agents.sort_${id}`) }))}
          onChange={(sort) => onChange({ sort })}
        />
        <p role="status" className="tabular text-12 text-ink-muted">
          {t("agents.sum", {
            busy: figure(counts.busy + counts.ringing, locale),
            free: figure(counts.free, locale),
          })}
        </p>
      </div>
    </search>
  );
}
