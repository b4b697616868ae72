// SPDX-License-Identifier: Apache-2.0

import { useSyncExternalStore } from "react";
import { serverNow } from "@/api/clock";

// One timer for every running duration on the page, so that they all turn over together.
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = serverNow();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    now = serverNow();
    timer = setInterval(() => {
      now = serverNow();
      for (const each of listeners) {
        each();
      }
    }, 1_000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
    }
  };
}

/** The server's time, renewed every second. Unix milliseconds. */
export function useSecond(): number {
  return useSyncExternalStore(subscribe, () => now);
}
