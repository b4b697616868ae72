// SPDX-License-Identifier: Apache-2.0

import { UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Contact } from "@/api/contacts";
import type { Card } from "@/api/types";
import { Moment } from "@/ui/Moment";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { lookOf, StatePill } from "@/ui/StatePill";
import type { Place } from "../frame/places";

/** Something the search found. */
export type Hit =
  | { readonly kind: "call"; readonly id: string; readonly call: Card }
  | { readonly kind: "contact"; readonly id: string; readonly contact: Contact }
  | { readonly kind: "screen"; readonly id: string; readonly place: Place }
  | { readonly kind: "all"; readonly id: string; readonly text: string };

export function CallHit({ call }: { call: Card }) {
  const started = call.times.new ?? call.updatedAt;
  return (
    <>
      <span className="min-w-0 grow">
        <span className="block truncate">
          {call.caller?.name ? (
            <bdi className="font-strong">{call.caller.name}</bdi>
          ) : (
            <PhoneNumber
              raw={call.theirNumber}
              national={call.theirNational}
              withheld={call.withheld}
              className="font-strong"
            />
          )}
        </span>
        <span className="block truncate text-12 text-ink-faint">{call.callId}</span>
      </span>
      <span className="text-12 text-ink-muted">
        <Moment at={started} />
      </span>
      <StatePill look={lookOf(call.state, call.outcome)} />
    </>
  );
}

export function ContactHit({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const name = `${contact.firstName} ${contact.lastName}`.trim();
  return (
    <>
      <UserRound aria-hidden size={16} className="shrink-0 text-ink-faint" />
      <span className="min-w-0 grow">
        <bdi className="block truncate font-strong">{name || contact.phoneNational}</bdi>
        <span className="block truncate text-12 text-ink-faint">{t("search.contactCalls")}</span>
      </span>
      {name && contact.phone ? (
        <PhoneNumber
          raw={contact.phone}
          national={contact.phoneNational}
          className="text-12 text-ink-muted"
        />
      ) : null}
    </>
  );
}

export function ScreenHit({ place: { id, icon: Icon } }: { place: Place }) {
  const { t } = useTranslation();
  return (
    <>
      <Icon aria-hidden size={16} className="shrink-0 text-ink-faint" />
      <span>{t(`frame.${id}`)}</span>
    </>
  );
}
