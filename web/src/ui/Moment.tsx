// SPDX-License-Identifier: Apache-2.0

import { createContext, useContext } from "react";
import { serverNow } from "@/api/clock";
import type { Instant } from "@/api/types";
import { type Clock, fullMoment, moment, preciseMoment } from "@/format/time";

/** In which zone and language times are told; the session sets it. */
export const ClockContext = createContext<Clock>({ timeZone: "UTC", locale: "en" });

export function useClock(): Clock {
  return useContext(ClockContext);
}

/** A moment in the tenant's zone, with the date when it is not today; in full on hover. */
export function Moment({ at, precise }: { at: Instant; precise?: boolean }) {
  const clock = useClock();
  return (
    <time dateTime={at} title={fullMoment(clock, at)} className="tabular whitespace-nowrap">
      {precise ? preciseMoment(clock, at) : moment(clock, at, serverNow())}
    </time>
  );
}
