// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useMe } from "@/api/session";
import { type Card, type Connector, callStates, directions, type Page } from "@/api/types";
import { useQueueNames } from "@/decision/useQueueNames";
import { Button } from "@/ui/Button";
import { ChipFilter, ChipSwitch } from "@/ui/Chip";
import { Field } from "@/ui/Field";
import { type CallsFilter, periods } from "./query";

export interface CallsFiltersProps {
  readonly filter: CallsFilter;
  readonly rows: readonly Card[];
  readonly onChange: (change: Partial<Record<keyof CallsFilter, string>>) => void;
}

const typingMs = 250;

/** What narrows the list of calls. All of it stands in the address. */
export function CallsFilters({ filter, rows, onChange }: CallsFiltersProps) {
  const { t } = useTranslation();
  const me = useMe();
  const names = useQueueNames();
  const connectors = useQuery({
    queryKey: ["connectors"],
    queryFn: ({ signal }) => api.get<Page<Connector>>("/api/v1/connectors", {}, signal),
    enabled: me.rights.includes("connector.read"),
  });
  const [text, setText] = useTyped(filter.q ?? "", (q) => onChange({ q }));
  const choice = (id: string, name: string | undefined) => ({ id, text: name ? `${id} ${name}` : id });
  const seenQueues = rows.flatMap(({ queue }) => (queue ? [choice(queue.number, queue.name)] : []));
  const queues = [...names].map(([number, name]) => choice(number, name));
  const agents = rows.flatMap(({ agent }) =>
    agent ? [{ id: agent.actor, text: `${agent.number} ${agent.name || agent.actor}` }] : [],
  );
  const any = Object.values(filter).some(Boolean);
  return (
    <search className="flex shrink-0 flex-wrap items-center gap-2 max-sm:flex-col max-sm:flex-nowrap max-sm:items-stretch">
      <div className="w-full sm:w-72">
        <Field
          label={t("calls.search")}
          hideLabel
          type="search"
          placeholder={t("calls.search")}
          value={text}
          onChange={setText}
        />
      </div>
      <div className="flex flex-wrap items-center gap-2 max-sm:flex-nowrap max-sm:overflow-x-auto">
        <ChipFilter
          label={t("calls.period")}
          value={filter.period ?? ""}
          choices={periods.map((id) => ({ id, text: t(`calls.${id}`) }))}
          onChange={(period) => onChange({ period })}
        />
        <ChipFilter
          label={t("calls.state")}
          value={filter.state ?? ""}
          choices={callStates.map((id) => ({ id, text: t(`look.${id}`) }))}
          onChange={(state) => onChange({ state })}
        />
        <ChipSwitch
          label={t("calls.open")}
          value={filter.open === "true"}
          onChange={(on) => onChange({ open: on ? "true" : "" })}
        />
        <ChipFilter
          label={t("calls.queue")}
          value={filter.queue ?? ""}
          choices={unique([...queues, ...seenQueues])}
          onChange={(queue) => onChange({ queue })}
        />
        <ChipFilter
          label={t("calls.agent")}
          value={filter.agent ?? ""}
          choices={unique(agents)}
          onChange={(agent) => onChange({ agent })}
        />
        <ChipFilter
          label={t("live.direction")}
          value={filter.direction ?? ""}
          choices={directions.map((id) => ({ id, text: t(`direction.${id}`) }))}
          onChange={(direction) => onChange({ direction })}
        />
        {(connectors.data?.items.length ?? 0) > 1 || filter.connector ? (
          <ChipFilter
            label={t("live.connector")}
            value={filter.connector ?? ""}
            choices={(connectors.data?.items ?? []).map(({ id, name }) => ({ id: String(id), text: name }))}
            onChange={(connector) => onChange({ connector })}
          />
        ) : null}
        {any ? (
          <Button
            small
            look="quiet"
            onPress={() =>
              onChange({
                q: "",
                state: "",
                queue: "",
                agent: "",
                direction: "",
                connector: "",
                period: "",
                open: "",
              })
            }
          >
            {t("ui.clearFilters")}
          </Button>
        ) : null}
      </div>
    </search>
  );
}

function unique(choices: readonly { id: string; text: string }[]) {
  return [...new Map(choices.map((each) => [each.id, each])).values()].sort((a, b) =>
    a.text.localeCompare(b.text),
  );
}

/** A text that is told on when the typing pauses, and follows when it is changed from elsewhere. */
function useTyped(value: string, onSettled: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  if (value !== told) {
    setTold(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) {
      return;
    }
    const timer = setTimeout(() => {
      setTold(text);
      onSettled(text);
    }, typingMs);
    return () => clearTimeout(timer);
  }, [text, value, onSettled]);
  return [text, setText];
}
