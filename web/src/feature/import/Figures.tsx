// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { cx } from "@/ui/cx";

interface Figure {
  readonly id: string;
  readonly value: number;
  /** What happens to so many rows: a key of the messages. */
  readonly word: "created" | "changed" | "same" | "skipped" | "invalid" | "removed" | "restored" | "kept";
}

/** How many rows become what. */
export function Figures({ figures, faint }: { figures: readonly Figure[]; faint?: boolean }) {
  const { t, i18n } = useTranslation();
  const numbers = new Intl.NumberFormat(i18n.language);
  return (
    <dl
      className={cx(
        "grid grid-cols-2 gap-2 sm:grid-cols-[repeat(auto-fit,minmax(136px,1fr))]",
        faint && "opacity-60",
      )}
    >
      {figures.map(({ id, value, word }) => (
        <div key={id} className="flex flex-col-reverse rounded-box border border-line bg-surface p-3">
          <dt className="text-12 text-ink-muted">{t(`import.figure_${word}`)}</dt>
          <dd
            className={cx(
              "tabular text-18 font-strong",
              word === "invalid" && value > 0 && "text-missed-ink",
              value === 0 && "text-ink-faint",
            )}
          >
            {numbers.format(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
