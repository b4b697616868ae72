// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { cx } from "./cx";

/** The place of something that is on its way. Does not show in the first 150 ms. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx("appear-late rounded-box bg-sunken", className)} />;
}

/** Rows of a list that is on its way. */
export function SkeletonRows({ rows = 8 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("ui.loading")} className="flex flex-col gap-px">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike.
        <div key={row} className="flex h-10 items-center gap-4 px-4">
          <Skeleton className="h-3 w-24" />
          <Skeleton className="h-3 w-40" />
          <Skeleton className="h-3 grow" />
          <Skeleton className="h-3 w-16" />
        </div>
      ))}
    </div>
  );
}
