// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";

/** The head of a full page: what it is, one sentence, and the one action it is for. */
export function PageHead({
  title,
  intro,
  children,
}: {
  title: string;
  intro?: string;
  children?: ReactNode;
}) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
      <div className="min-w-0">
        <h1 className="text-18 font-strong">{title}</h1>
        {intro ? <p className="max-w-[70ch] text-ink-muted">{intro}</p> : null}
      </div>
      {children ? <div className="flex flex-wrap gap-2">{children}</div> : null}
    </header>
  );
}
