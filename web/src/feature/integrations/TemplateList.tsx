// SPDX-License-Identifier: Apache-2.0

import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Template } from "@/api/integrations";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { toast } from "@/ui/Toast";
import { useDeleteTemplate } from "./queries";
import { iconOf } from "./TemplateChoice";
import { TemplateDialog } from "./TemplateDialog";
import { useTemplateWords } from "./words";

/** The ways to tell a system: those that come with Tandem, and one's own. */
export function TemplateList({ templates, writes }: { templates: readonly Template[]; writes: boolean }) {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<Template | "new" | null>(null);
  return (
    <div className="flex flex-col items-start gap-3">
      {writes ? (
        <Button icon={<Plus aria-hidden size={16} />} onPress={() => setEdited("new")}>
          {t("integrations.addTemplate")}
        </Button>
      ) : null}
      <ul className="grid w-full grid-cols-[repeat(auto-fill,minmax(min(100%,420px),1fr))] gap-3">
        {templates.map((template) => (
          <TemplateCard
            key={template._id}
            template={template}
            writes={writes}
            onEdit={() => setEdited(template)}
          />
        ))}
      </ul>
      {edited ? (
        <TemplateDialog template={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      ) : null}
    </div>
  );
}

interface CardProps {
  readonly template: Template;
  readonly writes: boolean;
  readonly onEdit: () => void;
}

function TemplateCard({ template, writes, onEdit }: CardProps) {
  const { t } = useTranslation();
  const words = useTemplateWords(template);
  const remove = useDeleteTemplate();
  const [asked, setAsked] = useState(false);
  const Icon = iconOf(template);
  return (
    <li className="flex min-w-0 flex-col gap-2 rounded-box border border-line bg-surface p-4">
      <h2 className="flex items-center gap-2 font-strong">
        <Icon aria-hidden size={16} className="shrink-0 text-ink-muted" />
        <span className="truncate">{words.name}</span>
        {template.builtIn ? <Badge>{t("integrations.builtIn")}</Badge> : null}
      </h2>
      {words.description ? <p className="text-12 text-ink-muted">{words.description}</p> : null}
      <code className="font-mono text-12 break-words text-ink-faint">{template.events.join(" ")}</code>
      {writes && !template.builtIn ? (
        <div className="mt-auto flex gap-2">
          <Button small onPress={onEdit}>
            {t("ui.edit")}
          </Button>
          <Button small look="danger" onPress={() => setAsked(true)}>
            {t("ui.delete")}
          </Button>
        </div>
      ) : null}
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("integrations.deleteConfirm", { name: words.name })}
        text={t("integrations.deleteTemplateText")}
        act={t("ui.delete")}
        pending={remove.isPending}
        onAct={() =>
          remove.mutate(template._id, {
            onSuccess: () => toast(t("integrations.deleted", { name: words.name })),
            onError: (error) => toast(error.message, { bad: true }),
            onSettled: () => setAsked(false),
          })
        }
      />
    </li>
  );
}
