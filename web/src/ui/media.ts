// SPDX-License-Identifier: Apache-2.0

import { useSyncExternalStore } from "react";

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}

/** A telephone held upright, or a window as narrow. */
export function useNarrow(): boolean {
  return useMedia("(max-width: 767px)");
}

/** Asked when something is about to move. */
export function prefersStillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
