// SPDX-License-Identifier: Apache-2.0

import type { Schema, SchemaProperty, Settings } from "@/api/integrations";

/** How a setting is asked for. */
export type Kind = "text" | "long" | "choice" | "switch" | "number" | "json";

export function kindOf(property: SchemaProperty): Kind {
  if (property.enum) {
    return "choice";
  }
  switch (property.type) {
    case "boolean":
      return "switch";
    case "integer":
    case "number":
      return "number";
    case "string":
      return (property.maxLength ?? 0) >= 2000 ? "long" : "text";
    default:
      return "json";
  }
}

/** A form's texts, by the names of the settings. */
export type Draft = Readonly<Record<string, string>>;

function textOf(value: unknown): string {
  if (value === undefined || value === null) {
    return "";
  }
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** What the form begins with: the settings there are, else what the schema has for them. */
export function draftOf(schema: Schema, settings: Settings): Draft {
  const names = Object.keys(schema.properties ?? {});
  return Object.fromEntries(
    names.map((name) => [name, textOf(settings[name] ?? schema.properties?.[name]?.default)]),
  );
}

/** A setting that is no JSON although it has to be. */
export class NotJSON extends Error {
  readonly setting: string;

  constructor(setting: string) {
    super(setting);
    this.setting = setting;
    this.name = "NotJSON";
  }
}

/** The settings that a form says. An empty one is left out, so that it is as the schema has it. */
export function settingsOf(schema: Schema, draft: Draft): Settings {
  const settings: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const text = draft[name] ?? "";
    if (text.trim() === "") {
      continue;
    }
    switch (kindOf(property)) {
      case "switch":
        settings[name] = text === "true";
        break;
      case "number":
        settings[name] = Number(text);
        break;
      case "json":
        try {
          settings[name] = JSON.parse(text);
        } catch {
          throw new NotJSON(name);
        }
        break;
      default:
        settings[name] = text;
    }
  }
  return settings;
}
