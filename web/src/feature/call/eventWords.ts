// SPDX-License-Identifier: Apache-2.0

import type { TFunction } from "i18next";
import type { CallEvent } from "@/api/types";

/** What happened, in words; the type itself for one without words. */
export function eventWords(t: TFunction, event: CallEvent, names: ReadonlyMap<string, string>): string {
  const what = t(`event.${event.type as "call.new"}`, { defaultValue: event.type });
  const data = event.data ?? {};
  const actor = event.actor || String(data.actor ?? "");
  const agent = [names.get(actor) || actor, data.number].filter(Boolean).join(" ");
  if (event.type.startsWith("actor.") && agent) {
    return t("event.withAgent", { what, agent });
  }
  return data.queue ? t("event.withQueue", { what, queue: String(data.queue) }) : what;
}

/** Whether an event is Tandem's own. The phone systems' are of the families call, actor and dialer. */
export function isOwn(event: CallEvent): boolean {
  return !/^(call|actor|dialer|peer)\./.test(event.type);
}

/** A member of an event's data, however it is spelled. */
export function member(event: CallEvent, ...names: string[]): string {
  const value = names.map((name) => event.data?.[name]).find((each) => each !== undefined && each !== null);
  return value === undefined ? "" : String(value);
}
