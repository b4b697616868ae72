// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { nameOf, type RankedContact, type ReadNumber } from "@/api/contacts";
import { Badge } from "@/ui/Badge";
import { Field } from "@/ui/Field";
import { PageHead } from "@/ui/PageHead";
import { ErrorState } from "@/ui/State";
import { matchQuery, numberQuery } from "./queries";

/** How a number is read, and who may be behind it. */
export function NumberPage() {
  const { t } = useTranslation();
  const { q } = useSearch({ from: "/frame/contacts/numbers" });
  const navigate = useNavigate({ from: "/contacts/numbers" });
  const [text, setText] = useState(q ?? "");
  useEffect(() => {
    if (text === (q ?? "")) {
      return;
    }
    const timer = setTimeout(() => void navigate({ search: { q: text }, replace: true }), 200);
    return () => clearTimeout(timer);
  }, [text, q, navigate]);
  const number = (q ?? "").trim();
  const read = useQuery({ ...numberQuery(number), enabled: number !== "" });
  const match = useQuery({ ...matchQuery(number), enabled: number !== "" });
  const error = read.error ?? match.error;
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <Link
        to="/contacts"
        className="ring-focus flex items-center gap-1 self-start rounded-box text-12 text-ink-muted hover:text-ink"
      >
        <ChevronLeft aria-hidden size={14} />
        {t("contacts.title")}
      </Link>
      <PageHead title={t("numbers.title")} intro={t("numbers.intro")} />
      <div className="max-w-96">
        <Field label={t("contacts.phone")} type="tel" mono autoFocus value={text} onChange={setText} />
      </div>
      {error ? <ErrorState error={error} onRetry={() => void read.refetch()} /> : null}
      {number && read.data && match.data ? (
        <div role="status" className="flex max-w-[70ch] flex-col gap-4">
          <Reading read={read.data} />
          <h2 className="font-strong">{t("numbers.who")}</h2>
          {match.data.items.length > 0 ? (
            <ol className="flex flex-col gap-2">
              {match.data.items.map((ranked) => (
                <Ranked key={ranked.contact._id} ranked={ranked} />
              ))}
            </ol>
          ) : (
            <p className="text-ink-muted">{t(read.data.withheld ? "numbers.withheld" : "numbers.nobody")}</p>
          )}
        </div>
      ) : null}
    </div>
  );
}

function Reading({ read }: { read: ReadNumber }) {
  const { t } = useTranslation();
  return (
    <dl className="grid grid-cols-[minmax(96px,max-content)_minmax(0,1fr)] gap-x-4 gap-y-2 rounded-box border border-line bg-surface p-4">
      <Fact label={t("numbers.national")}>{read.national}</Fact>
      <Fact label={t("numbers.e164")}>{read.e164 || t("numbers.notValid", { region: read.region })}</Fact>
      {read.matchKey ? <Fact label={t("numbers.key")}>{read.matchKey}</Fact> : null}
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-12 leading-5 text-ink-muted">{label}</dt>
      <dd className="tabular min-w-0 wrap-anywhere">{children}</dd>
    </>
  );
}

const wordOf = {
  exact: "numbers.reason_exact",
  "same last nine digits": "numbers.reason_same_last_nine_digits",
  "talked today": "numbers.reason_talked_today",
  "talked yesterday": "numbers.reason_talked_yesterday",
  owner: "numbers.reason_owner",
} as const;

function Ranked({ ranked: { contact, reasons } }: { ranked: RankedContact }) {
  const { t } = useTranslation();
  return (
    <li className="flex flex-wrap items-center gap-2 rounded-box border border-line bg-surface px-4 py-3">
      <Link
        to="/contacts/$id"
        params={{ id: contact._id }}
        className="ring-focus min-w-0 rounded-box text-accent-ink underline"
      >
        <bdi className="wrap-anywhere">{nameOf(contact)}</bdi>
      </Link>
      {reasons.map((reason) => (
        <Badge key={reason} tone={reason === "exact" ? "talking" : "neutral"}>
          {t(wordOf[reason])}
        </Badge>
      ))}
    </li>
  );
}
