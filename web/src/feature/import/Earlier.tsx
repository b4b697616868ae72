// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ContactImport } from "@/api/imports";
import { Badge, type Tone } from "@/ui/Badge";
import { Moment } from "@/ui/Moment";
import { importsQuery } from "./queries";

const tones: Record<ContactImport["state"], Tone> = {
  uploaded: "waiting",
  running: "accent",
  stopped: "missed",
  done: "talking",
  undoing: "accent",
  undone: "neutral",
};

export function StateBadge({ state }: { state: ContactImport["state"] }) {
  const { t } = useTranslation();
  return <Badge tone={tones[state]}>{t(`import.state_${state}`)}</Badge>;
}

/** The imports before, where they can be undone. */
export function Earlier({ onOpen }: { onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const items = useQuery(importsQuery).data?.items ?? [];
  if (items.length === 0) {
    return null;
  }
  return (
    <section className="flex flex-col gap-2">
      <h2 className="font-strong">{t("import.earlier")}</h2>
      <ul className="divide-y divide-line rounded-box border border-line bg-surface">
        {items.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              onClick={() => onOpen(one.id)}
              className="ring-focus-inset flex min-h-11 w-full flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-start hover:bg-hover"
            >
              <bdi className="min-w-0 grow truncate">{one.fileName || t("import.noName")}</bdi>
              <span className="tabular text-12 text-ink-muted">{t("import.rows", { count: one.rows })}</span>
              <span className="text-12 text-ink-muted">
                <Moment at={one.createdAt} />
              </span>
              <StateBadge state={one.state} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
