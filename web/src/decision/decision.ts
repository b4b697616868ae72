// SPDX-License-Identifier: Apache-2.0

import type { Decision } from "@/api/types";

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A decision as it lies in the log, where names are written_so, as the API writes it. */
export function decisionOf(data: Readonly<Record<string, unknown>> | null): Decision {
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([name, value]) => [camel(name), value]),
  ) as Decision;
}
