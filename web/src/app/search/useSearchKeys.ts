// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef } from "react";

function writes(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** `/` outside of a field, and Ctrl-K or ⌘K anywhere, open the search. */
export function useSearchKeys(open: () => void): void {
  const act = useRef(open);
  act.current = open;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const palette = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
      const slash =
        event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !writes(event.target);
      if (palette || slash) {
        event.preventDefault();
        act.current();
      }
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
