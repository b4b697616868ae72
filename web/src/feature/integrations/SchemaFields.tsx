// SPDX-License-Identifier: Apache-2.0

import type { SchemaProperty, Template } from "@/api/integrations";
import { ChipSwitch } from "@/ui/Chip";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { hint } from "@/ui/style";
import { type Draft, kindOf } from "./schema";
import { useChoiceWords, useSettingWords } from "./words";

export interface SchemaFieldsProps {
  readonly template: Template;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  /** The sentence about a setting that was refused. */
  readonly faultOf: (name: string) => string | undefined;
}

/** A form made of what a template says of its settings. */
export function SchemaFields({ template, draft, onChange, faultOf }: SchemaFieldsProps) {
  const properties = Object.entries(template.settingsSchema.properties ?? {});
  return properties.map(([name, property]) => (
    <Setting
      key={name}
      template={template}
      name={name}
      property={property}
      value={draft[name] ?? ""}
      onChange={(value) => onChange({ ...draft, [name]: value })}
      error={faultOf(name)}
      required={template.settingsSchema.required?.includes(name) ?? false}
    />
  ));
}

interface SettingProps {
  readonly template: Template;
  readonly name: string;
  readonly property: SchemaProperty;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error: string | undefined;
  readonly required: boolean;
}

function Setting({ template, name, property, value, onChange, error, required }: SettingProps) {
  const { label, help } = useSettingWords(template, name);
  const choice = useChoiceWords(template);
  const common = { label, value, onChange, error, ...(help ? { help } : {}) };
  switch (kindOf(property)) {
    case "choice":
      return (
        <Select
          {...common}
          choices={(property.enum ?? []).map((id) => ({ id: String(id), text: choice(String(id)) }))}
        />
      );
    case "switch":
      return (
        <div className="flex flex-col items-start gap-1">
          <ChipSwitch label={label} value={value === "true"} onChange={(on) => onChange(String(on))} />
          {help ? <p className={hint}>{help}</p> : null}
        </div>
      );
    case "number":
      return <Field {...common} type="number" required={required} />;
    case "json":
      return <Field {...common} rows={5} mono required={required} />;
    case "long":
      return <Field {...common} rows={3} required={required} />;
    default:
      return <Field {...common} mono required={required} />;
  }
}
