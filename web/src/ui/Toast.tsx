// SPDX-License-Identifier: Apache-2.0

import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";

interface Note {
  readonly id: number;
  readonly text: string;
  readonly bad: boolean;
}

const stayMs = 6_000;

let notes: readonly Note[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: readonly Note[]): void {
  notes = next;
  for (const listener of listeners) {
    listener();
  }
}

function dismiss(id: number): void {
  set(notes.filter((note) => note.id !== id));
}

/** Says that something was done, or was not, without asking for anything. */
export function toast(text: string, options: { bad?: boolean } = {}): void {
  lastId += 1;
  const id = lastId;
  set([...notes.slice(-2), { id, text, bad: options.bad ?? false }]);
  setTimeout(() => dismiss(id), stayMs);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where toasts appear; once per page. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => notes);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-16 z-40 flex flex-col items-center gap-2 px-4 md:bottom-4"
    >
      {shown.map((note) => (
        <ToastNote key={note.id} text={note.text} bad={note.bad} onDismiss={() => dismiss(note.id)} />
      ))}
    </div>
  );
}

/** One toast. */
export function ToastNote({ text, bad, onDismiss }: { text: string; bad: boolean; onDismiss: () => void }) {
  const { t } = useTranslation();
  const Icon = bad ? CircleAlert : CircleCheck;
  return (
    <div className="pointer-events-auto flex max-w-[480px] items-center gap-2 rounded-box bg-surface py-1 ps-3 pe-1 text-14 shadow-float animate-[enter-up_120ms_var(--ease-out)]">
      <Icon aria-hidden size={16} className={bad ? "shrink-0 text-missed" : "shrink-0 text-accent"} />
      <span className="py-1">{text}</span>
      <IconButton small label={t("ui.dismiss")} icon={<X aria-hidden size={14} />} onPress={onDismiss} />
    </div>
  );
}
