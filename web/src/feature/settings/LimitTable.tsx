// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import type { LimitUse } from "@/api/administration";
import { Badge } from "@/ui/Badge";
import { useLimitName } from "@/ui/limitName";

// From here on somebody should know.
const nearly = 0.9;

/** How much there may be of what, and how much there is. */
export function LimitTable({ limits }: { limits: readonly LimitUse[] }) {
  const { t, i18n } = useTranslation();
  const nameOf = useLimitName();
  const number = (value: number) => value.toLocaleString(i18n.language);
  return (
    <table className="w-full text-14">
      <thead className="text-12 text-ink-muted">
        <tr>
          <th className="py-1 pe-4 text-start font-strong">{t("settings.what")}</th>
          <th className="py-1 pe-4 text-end font-strong">{t("settings.used")}</th>
          <th className="py-1 text-end font-strong">{t("settings.limit")}</th>
        </tr>
      </thead>
      <tbody>
        {limits.map(({ name, limit, used }) => (
          <tr key={name} className="border-t border-line">
            <th scope="row" className="py-2 pe-4 text-start font-regular">
              <span className="flex flex-wrap items-center gap-2">
                {nameOf(name)}
                {limit !== null && used !== null && used >= limit * nearly ? (
                  <Badge tone={used >= limit ? "missed" : "waiting"}>
                    {used >= limit ? t("settings.full") : t("settings.nearlyFull")}
                  </Badge>
                ) : null}
              </span>
            </th>
            <td className="tabular py-2 pe-4 text-end">
              {used === null ? (
                <span className="text-ink-faint">{t("settings.uncounted")}</span>
              ) : (
                number(used)
              )}
            </td>
            <td className="tabular py-2 text-end">
              {limit === null ? t("settings.unlimited") : number(limit)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
