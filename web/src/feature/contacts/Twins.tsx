// SPDX-License-Identifier: Apache-2.0

import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Contact, type ContactTwins, nameOf } from "@/api/contacts";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Moment } from "@/ui/Moment";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { toast } from "@/ui/Toast";
import { useMerge } from "./queries";

/** Contacts that may be the same: which of them are, and which one stays. */
export function Twins({ reason, contacts, writes }: ContactTwins & { writes: boolean }) {
  const { t } = useTranslation();
  const [keep, setKeep] = useState(contacts[0]?._id ?? "");
  const [left, setLeft] = useState<readonly string[]>([]);
  const [asked, setAsked] = useState(false);
  const merge = useMerge();
  const others = contacts.map(({ _id }) => _id).filter((id) => id !== keep && !left.includes(id));
  const kept = contacts.find(({ _id }) => _id === keep);
  const name = kept ? nameOf(kept) : "";
  return (
    <li className="flex flex-col gap-2 rounded-box border border-line bg-surface p-4">
      <div>
        <Badge>{t(`duplicates.reason_${reason}`)}</Badge>
      </div>
      <ul>
        {contacts.map((contact) => (
          <Twin
            key={contact._id}
            contact={contact}
            keep={contact._id === keep}
            left={left.includes(contact._id)}
            writes={writes}
            onKeep={() => {
              setKeep(contact._id);
              setLeft(left.filter((id) => id !== contact._id));
            }}
            onLeave={(leave) =>
              setLeft(leave ? [...left, contact._id] : left.filter((id) => id !== contact._id))
            }
          />
        ))}
      </ul>
      {writes ? (
        <div>
          <Button isDisabled={others.length === 0} onPress={() => setAsked(true)}>
            {t("duplicates.merge")}
          </Button>
        </div>
      ) : null}
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("duplicates.merge")}
        text={t("duplicates.mergeText", { count: others.length, name })}
        act={t("duplicates.merge")}
        pending={merge.isPending}
        onAct={() =>
          merge.mutate(
            { keep, merge: others },
            {
              onSuccess: () => toast(t("duplicates.merged", { name })),
              onError: (error) => toast(error.message || t("error.unreachableText"), { bad: true }),
              onSettled: () => setAsked(false),
            },
          )
        }
      />
    </li>
  );
}

interface TwinProps {
  readonly contact: Contact;
  readonly keep: boolean;
  readonly left: boolean;
  readonly writes: boolean;
  readonly onKeep: () => void;
  readonly onLeave: (leave: boolean) => void;
}

function Twin({ contact, keep, left, writes, onKeep, onLeave }: TwinProps) {
  const { t } = useTranslation();
  const label = useId();
  const numbers = [
    { number: contact.phone, national: contact.phoneNational },
    ...contact.numbers.map(({ number, national = number }) => ({ number, national })),
  ].filter(({ number }) => number);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line py-2">
      <div className="min-w-48 grow basis-0">
        <Link
          id={label}
          to="/contacts/$id"
          params={{ id: contact._id }}
          className="ring-focus rounded-box font-strong wrap-anywhere hover:underline"
        >
          <bdi>{nameOf(contact)}</bdi>
        </Link>
        <p className="flex flex-wrap gap-x-3 text-12 text-ink-muted">
          {numbers.map(({ number, national }) => (
            <PhoneNumber key={number} raw={number} national={national} />
          ))}
          {contact.email ? <span className="wrap-anywhere">{contact.email}</span> : null}
          <span>
            {t("contacts.created")} <Moment at={new Date(contact.createdAt).toISOString()} />
          </span>
        </p>
      </div>
      {writes ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot stand in the row.
        <div role="group" aria-labelledby={label} className="flex flex-wrap gap-x-4 text-12">
          <label className="flex items-center gap-2 pointer-coarse:min-h-11">
            <input type="radio" className="ring-focus accent-accent" checked={keep} onChange={onKeep} />
            {t("duplicates.keep")}
          </label>
          <label className="flex items-center gap-2 pointer-coarse:min-h-11">
            <input
              type="checkbox"
              className="ring-focus accent-accent"
              checked={left}
              disabled={keep}
              onChange={(event) => onLeave(event.target.checked)}
            />
            {t("duplicates.leave")}
          </label>
        </div>
      ) : null}
    </li>
  );
}
