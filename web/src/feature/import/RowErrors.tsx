// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { importFields, type RowError } from "@/api/imports";

interface RowErrorsProps {
  readonly errors: readonly RowError[];
  readonly total: number;
  readonly format: "csv" | "vcard";
}

/** Which rows are left out, and why. */
export function RowErrors({ errors, total, format }: RowErrorsProps) {
  const { t } = useTranslation();
  if (errors.length === 0) {
    return null;
  }
  const fieldOf = (field: string) => {
    const known = importFields.find((one) => one === field);
    return known ? t(`import.field_${known}`) : field;
  };
  return (
    <details className="rounded-box border border-line bg-surface" open={errors.length <= 5}>
      <summary className="ring-focus cursor-default rounded-box px-3 py-2 font-strong">
        {t("import.errors", { count: total })}
      </summary>
      <div className="max-h-80 overflow-auto border-t border-line">
        <table className="w-full text-start text-12">
          <thead className="sticky top-0 bg-surface text-ink-muted">
            <tr>
              <th className="w-16 px-3 sm:w-20 py-1 text-start font-strong">
                {format === "csv" ? t("import.line") : t("import.card")}
              </th>
              <th className="w-24 px-3 sm:w-36 py-1 text-start font-strong">{t("import.field")}</th>
              <th className="px-3 py-1 text-start font-strong">{t("import.detail")}</th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {errors.map((error, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row may have the same fault twice.
              <tr key={i}>
                <td className="tabular px-3 py-1">{error.row}</td>
                <td className="px-3 py-1">{fieldOf(error.field)}</td>
                <td className="px-3 py-1 text-ink-muted">{error.detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {total > errors.length ? (
          <p className="border-t border-line px-3 py-2 text-12 text-ink-faint">
            {t("import.moreErrors", { count: total - errors.length })}
          </p>
        ) : null}
      </div>
    </details>
  );
}
