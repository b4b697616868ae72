// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import type { Template } from "@/api/integrations";

// What comes with Tandem is told in the reader's language; who makes a template of their own finds its words.
const templates = ["webhook", "slack", "crm", "popup"] as const;
const settings = [
  "text",
  "searchPath",
  "idPath",
  "create",
  "createPath",
  "createBody",
  "logPath",
  "logBody",
  "path",
  "window",
] as const;
const choices = ["page", "tab"] as const;

/** A template's name and description. */
export function useTemplateWords(template: Template | undefined): { name: string; description: string } {
  const { t } = useTranslation();
  const ours = template?.builtIn ? templates.find((id) => id === template._id) : undefined;
  if (ours) {
    return { name: t(`integrations.template_${ours}`), description: t(`integrations.templateText_${ours}`) };
  }
  return { name: template?.name ?? "", description: template?.description ?? "" };
}

/** What a setting is called, and what to say of it. */
export function useSettingWords(template: Template, name: string): { label: string; help: string } {
  const { t } = useTranslation();
  const ours = template.builtIn ? settings.find((id) => id === name) : undefined;
  if (ours) {
    return { label: t(`integrations.setting_${ours}`), help: t(`integrations.settingHelp_${ours}`) };
  }
  const property = template.settingsSchema.properties?.[name];
  return { label: property?.title || name, help: property?.description ?? "" };
}

/** How a choice of a setting is shown. */
export function useChoiceWords(template: Template): (id: string) => string {
  const { t } = useTranslation();
  return (id) => {
    const ours = template.builtIn ? choices.find((known) => known === id) : undefined;
    return ours ? t(`integrations.choice_${ours}`) : id;
  };
}
