// SPDX-License-Identifier: Apache-2.0

import { listenToServerTime } from "./client";

// The Date header has whole seconds, so a smaller difference means nothing.
const toleranceMs = 2_000;

let offsetMs = 0;

listenToServerTime((serverMs) => {
  const difference = serverMs - Date.now();
  offsetMs = Math.abs(difference) > toleranceMs ? difference : 0;
});

/** Now, by the server's clock: a workstation whose clock is wrong still shows right durations. Unix milliseconds. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}
