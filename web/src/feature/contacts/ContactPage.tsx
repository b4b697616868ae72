// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ChevronLeft, Pencil, Trash2, Undo2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Contact, type ContactNumber, nameOf } from "@/api/contacts";
import { useMe } from "@/api/session";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Moment } from "@/ui/Moment";
import { PhoneNumber } from "@/ui/PhoneNumber";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { Composer } from "./Composer";
import { ContactDialog } from "./ContactDialog";
import { ContactTimeline } from "./ContactTimeline";
import { InGroups } from "./InGroups";
import { MoreOfContact } from "./More";
import { contactQuery, useDeleteContact, useRestoreContact } from "./queries";

/** One person or firm: who they are, and everything that happened with them. */
export function ContactPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/frame/contacts/$id" });
  const query = useQuery(contactQuery(id));
  const { rights } = useMe();
  const writes = rights.includes("contact.write") || rights.includes("contact.write.own");
  const notes = rights.includes("activity.write") || rights.includes("activity.write.own");
  const contact = query.data;
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <Link
        to="/contacts"
        className="ring-focus flex items-center gap-1 self-start rounded-box text-12 text-ink-muted hover:text-ink"
      >
        <ChevronLeft aria-hidden size={14} />
        {t("contacts.title")}
      </Link>
      {query.isPending ? <SkeletonRows rows={8} /> : null}
      {query.isError && !contact ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {contact ? (
        <>
          <Head contact={contact} writes={writes} />
          <div className="grid items-start gap-6 lg:grid-cols-[minmax(260px,360px)_minmax(0,1fr)]">
            <Facts contact={contact} writes={writes} />
            <section className="flex min-w-0 flex-col gap-4">
              {notes && !contact.deleted ? <Composer contact={contact} /> : null}
              <ContactTimeline id={contact._id} />
            </section>
          </div>
        </>
      ) : null}
    </div>
  );
}

function Head({ contact, writes }: { contact: Contact; writes: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [editing, setEditing] = useState(false);
  const [asked, setAsked] = useState(false);
  const remove = useDeleteContact();
  const restore = useRestoreContact();
  const name = nameOf(contact);
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
      <div className="flex min-w-0 items-center gap-3">
        <h1 className="min-w-0 text-18 font-strong wrap-anywhere">
          <bdi>{name}</bdi>
        </h1>
        {contact.deleted ? <Badge tone="missed">{t("contacts.isDeleted")}</Badge> : null}
      </div>
      <div className="flex flex-wrap gap-2">
        {writes ? (
          contact.deleted ? (
            <Button
              icon={<Undo2 aria-hidden size={16} />}
              isPending={restore.isPending}
              onPress={() =>
                restore.mutate(contact._id, { onSuccess: () => toast(t("contacts.restored", { name })) })
              }
            >
              {t("contacts.restore")}
            </Button>
          ) : (
            <>
              <Button icon={<Pencil aria-hidden size={16} />} onPress={() => setEditing(true)}>
                {t("ui.edit")}
              </Button>
              <Button look="danger" icon={<Trash2 aria-hidden size={16} />} onPress={() => setAsked(true)}>
                {t("contacts.delete")}
              </Button>
            </>
          )
        ) : null}
        <MoreOfContact contact={contact} />
      </div>
      {editing ? <ContactDialog contact={contact} onClose={() => setEditing(false)} /> : null}
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("contacts.delete")}
        text={t("contacts.deleteText", { name })}
        act={t("contacts.delete")}
        pending={remove.isPending}
        onAct={() =>
          remove.mutate(contact._id, {
            onSuccess: () => {
              toast(t("contacts.wasDeleted", { name }));
              void navigate({ to: "/contacts" });
            },
          })
        }
      />
    </header>
  );
}

function Facts({ contact, writes }: { contact: Contact; writes: boolean }) {
  const { t } = useTranslation();
  const first: ContactNumber = { number: contact.phone, national: contact.phoneNational };
  const numbers = [first, ...contact.numbers].filter(({ number }) => number);
  return (
    <dl className="grid grid-cols-[minmax(96px,max-content)_minmax(0,1fr)] gap-x-4 gap-y-2 rounded-box border border-line bg-surface p-4">
      {numbers.length > 0 ? (
        <Fact label={t("contacts.phone")}>
          <ul>
            {numbers.map(({ number, national, label }) => (
              <li key={number}>
                <PhoneNumber raw={number} national={national || number} />
                {label ? <span className="text-12 text-ink-muted"> {label}</span> : null}
              </li>
            ))}
          </ul>
        </Fact>
      ) : null}
      {contact.email ? (
        <Fact label={t("contacts.email")}>
          <a
            className="ring-focus rounded-box break-all text-accent-ink underline"
            href={`mailto:${contact.email}`}
          >
            {contact.email}
          </a>
        </Fact>
      ) : null}
      {contact.gender ? <Fact label={t("contacts.gender")}>{contact.gender}</Fact> : null}
      {contact.cpf ? (
        <Fact label={t("contacts.cpf")}>
          <span className="tabular">{contact.cpf}</span>
        </Fact>
      ) : null}
      {contact.deleted ? null : (
        <Fact label={t("groups.title")}>
          <InGroups contact={contact} writes={writes} />
        </Fact>
      )}
      <Fact label={t("contacts.created")}>
        <Moment at={new Date(contact.createdAt).toISOString()} />
      </Fact>
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-12 leading-5 text-ink-muted">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
