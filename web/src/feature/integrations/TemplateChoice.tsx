// SPDX-License-Identifier: Apache-2.0

import { type LucideIcon, MessageSquare, PanelTop, Puzzle, UsersRound, Webhook } from "lucide-react";
import type { Template } from "@/api/integrations";
import { useTemplateWords } from "./words";

const icons: Readonly<Record<string, LucideIcon>> = {
  webhook: Webhook,
  slack: MessageSquare,
  crm: UsersRound,
  popup: PanelTop,
};

export function iconOf(template: Template): LucideIcon {
  return icons[template._id] ?? Puzzle;
}

/** What another system can be connected as. */
export function TemplateChoice({
  templates,
  onChoose,
}: {
  templates: readonly Template[];
  onChoose: (id: string) => void;
}) {
  return (
    <ul className="grid gap-2 sm:grid-cols-2">
      {templates.map((template) => (
        <li key={template._id}>
          <TemplateCard template={template} onChoose={() => onChoose(template._id)} />
        </li>
      ))}
    </ul>
  );
}

function TemplateCard({ template, onChoose }: { template: Template; onChoose: () => void }) {
  const words = useTemplateWords(template);
  const Icon = iconOf(template);
  return (
    <button
      type="button"
      onClick={onChoose}
      className="ring-focus flex h-full w-full items-start gap-3 rounded-box border border-line p-3 text-start hover:border-line-strong hover:bg-hover"
    >
      <Icon aria-hidden size={20} className="mt-1 shrink-0 text-ink-muted" />
      <span className="min-w-0">
        <span className="block font-strong">{words.name}</span>
        <span className="block text-12 text-ink-muted">{words.description}</span>
      </span>
    </button>
  );
}
