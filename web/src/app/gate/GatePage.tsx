// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";
import { Mark } from "../frame/Mark";
import { LanguageMenu } from "../LanguageMenu";

/** A page outside the frame: one question in the middle. */
export function GatePage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="flex h-full justify-center overflow-auto px-4 pt-[12vh] pb-8">
      <div className="flex w-full max-w-[360px] flex-col gap-6">
        <div className="flex items-center justify-between">
          <Mark large />
          <LanguageMenu />
        </div>
        <h1 className="text-28 font-strong text-balance">{title}</h1>
        {children}
      </div>
    </main>
  );
}
