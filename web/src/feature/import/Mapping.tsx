// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { type ContactImport, importFields } from "@/api/imports";
import { Select } from "@/ui/Select";
import { clashes } from "./mapping";

const shown = 3;
const leftOut = "-"; // a choice cannot have an empty id

interface MappingProps {
  readonly of: ContactImport;
  readonly mapping: readonly string[];
  readonly onChange: (mapping: readonly string[]) => void;
}

/** Each column of the file with what stands in it, and what it says of a contact. */
export function Mapping({ of, mapping, onChange }: MappingProps) {
  const { t } = useTranslation();
  const twice = clashes(mapping);
  const titled = of.columns.some((title, column) => title !== String(column + 1));
  const choices = [
    { id: leftOut, text: t("import.leftOut") },
    ...importFields.map((field) => ({ id: field, text: t(`import.field_${field}`) })),
  ];
  return (
    <ul className="divide-y divide-line rounded-box border border-line bg-surface">
      {of.columns.map((title, column) => {
        const name = titled && title ? title : t("import.column", { number: column + 1 });
        const values = of.sample.map((row) => row[column] ?? "").filter(Boolean);
        return (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: columns are known by their place, and titles may repeat.
            key={column}
            className="grid grid-cols-1 items-center gap-x-4 gap-y-2 px-3 py-2 md:grid-cols-[minmax(0,1fr)_minmax(0,2fr)_minmax(200px,1fr)]"
          >
            <bdi className="truncate font-strong">{name}</bdi>
            <span className="min-w-0 truncate text-12 text-ink-muted">
              {values.slice(0, shown).map((value, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: values may repeat.
                <span key={i}>
                  {i > 0 ? " · " : null}
                  <bdi>{value}</bdi>
                </span>
              ))}
              {values.length === 0 ? t("import.emptyColumn") : null}
            </span>
            <Select
              label={t("import.columnIs", { name })}
              hideLabel
              value={mapping[column] || leftOut}
              onChange={(id) =>
                onChange(mapping.map((f, at) => (at === column ? (id === leftOut ? "" : id) : f)))
              }
              choices={choices}
              error={twice.has(column) ? t("import.twice") : undefined}
            />
          </li>
        );
      })}
    </ul>
  );
}
