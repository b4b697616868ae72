// SPDX-License-Identifier: Apache-2.0

import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";

export interface SheetProps {
  readonly label: string;
  readonly onClose: () => void;
  /** Changes when the sheet shows something else; focus then moves into it. */
  readonly subject: string;
  readonly header: ReactNode;
  readonly children: ReactNode;
}

/**
 * Details beside the list they belong to. The list stays in use and in sight: the page makes room (base.css), and only
 * where there is none does the sheet cover it. Escape closes and gives the focus back.
 */
export function Sheet({ label, onClose, subject, header, children }: SheetProps) {
  const { t } = useTranslation();
  const sheet = useRef<HTMLElement>(null);
  const close = useRef(onClose);
  close.current = onClose;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new subject takes the focus again.
  useEffect(() => {
    sheet.current?.focus({ preventScroll: true });
  }, [subject]);

  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before.isConnected) {
        before.focus({ preventScroll: true });
      }
    };
  }, []);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const inOther = document.querySelector('[role="listbox"], [role="menu"], [data-rac][role="dialog"]');
      if (event.key === "Escape" && !event.defaultPrevented && !inOther) {
        close.current();
      }
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);

  return (
    <aside
      ref={sheet}
      aria-label={label}
      tabIndex={-1}
      data-sheet
      className="fixed inset-0 z-20 flex flex-col bg-surface outline-none animate-[enter-right_120ms_var(--ease-out)] lg:top-12 lg:start-auto lg:w-(--sheet-width) lg:border-s lg:border-line"
    >
      <header className="flex shrink-0 items-start gap-2 border-b border-line py-3 ps-4 pe-3">
        <div className="min-w-0 grow">{header}</div>
        <IconButton label={t("ui.close")} icon={<X aria-hidden size={16} />} onPress={onClose} />
      </header>
      <div className="min-h-0 grow overflow-y-auto overscroll-contain">{children}</div>
    </aside>
  );
}
