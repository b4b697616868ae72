// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Endpoint, Template } from "@/api/integrations";
import { figure } from "@/format/number";
import { useClock } from "@/ui/Moment";
import { EmptyState } from "@/ui/State";
import { EndpointState } from "./EndpointState";
import { iconOf } from "./TemplateChoice";
import { useTemplateWords } from "./words";

export interface EndpointListProps {
  readonly endpoints: readonly Endpoint[];
  readonly templates: readonly Template[];
  /** The button that connects one; null for who may not. */
  readonly add: ReactNode;
  readonly onOpen: (id: string) => void;
}

/** What other systems are told. */
export function EndpointList({ endpoints, templates, add, onOpen }: EndpointListProps) {
  const { t } = useTranslation();
  if (endpoints.length === 0) {
    return <EmptyState title={t("integrations.empty")} text={t("integrations.emptyText")} action={add} />;
  }
  return (
    <ul className="flex flex-col gap-2">
      {endpoints.map((endpoint) => (
        <EndpointRow
          key={endpoint._id}
          endpoint={endpoint}
          template={templates.find(({ _id }) => _id === endpoint.template)}
          onOpen={() => onOpen(endpoint._id)}
        />
      ))}
    </ul>
  );
}

interface RowProps {
  readonly endpoint: Endpoint;
  readonly template: Template | undefined;
  readonly onOpen: () => void;
}

function EndpointRow({ endpoint, template, onOpen }: RowProps) {
  const { t } = useTranslation();
  const { locale } = useClock();
  const words = useTemplateWords(template);
  const Icon = template ? iconOf(template) : null;
  return (
    <li data-endpoint={endpoint.name}>
      <button
        type="button"
        onClick={onOpen}
        className="ring-focus flex w-full items-center gap-3 rounded-box border border-line bg-surface p-3 text-start hover:border-line-strong"
      >
        {Icon ? <Icon aria-hidden size={20} className="shrink-0 text-ink-muted" /> : null}
        <span className="min-w-0 grow">
          <span className="block truncate font-strong">{endpoint.name}</span>
          <span className="block truncate text-12 text-ink-muted">
            {`${words.name} · `}
            <span className="font-mono">{endpoint.url}</span>
          </span>
          {endpoint.enabled && endpoint.failingSince ? (
            <span className="block truncate text-12 text-waiting-ink">{endpoint.lastError}</span>
          ) : null}
        </span>
        {endpoint.pending > 0 ? (
          <span className="tabular hidden shrink-0 text-12 text-ink-muted sm:block">
            {t("integrations.pending", { count: endpoint.pending, n: figure(endpoint.pending, locale) })}
          </span>
        ) : null}
        <EndpointState endpoint={endpoint} />
      </button>
    </li>
  );
}
