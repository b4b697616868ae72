// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { cx } from "@/ui/cx";

/** The sign of the product: two rings that turn together. */
export function Mark({ large, alone }: { large?: boolean; alone?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={cx("flex items-center gap-2 font-strong", large ? "text-18" : "text-14")}>
      <svg
        aria-hidden="true"
        viewBox="0 0 32 20"
        className={cx("shrink-0 text-accent", large ? "h-6" : "h-4")}
      >
        <circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" strokeWidth="4" />
        <circle cx="22" cy="10" r="8" fill="none" stroke="currentColor" strokeWidth="4" />
      </svg>
      <span className={alone ? "sr-only" : undefined}>{t("product")}</span>
    </span>
  );
}
