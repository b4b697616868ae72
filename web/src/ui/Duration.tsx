// SPDX-License-Identifier: Apache-2.0

import type { Instant } from "@/api/types";
import { duration, isoDuration } from "@/format/duration";
import { useSecond } from "./second";

function Figure({ ms }: { ms: number }) {
  return (
    <time dateTime={isoDuration(ms)} className="tabular whitespace-nowrap">
      {duration(ms)}
    </time>
  );
}

/** How long since; runs while it is looked at. */
export function LiveDuration({ since }: { since: Instant }) {
  return <Figure ms={useSecond() - Date.parse(since)} />;
}

/** How long it took, from one moment to another. */
export function Duration({ from, to }: { from: Instant; to: Instant }) {
  return <Figure ms={Date.parse(to) - Date.parse(from)} />;
}
