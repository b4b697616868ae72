// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { serverNow } from "@/api/clock";
import type { Reminder } from "@/api/contacts";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Menu } from "@/ui/Menu";
import { Moment } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { Segmented } from "@/ui/Tabs";
import { toast } from "@/ui/Toast";
import { remindersQuery, useReminderAct } from "./queries";

const states = ["open", "checked"] as const;

/** What this person wanted to be reminded of: due first, then what is to come. */
export function RemindersPage() {
  const { t } = useTranslation();
  const { state = "open" } = useSearch({ from: "/frame/reminders" });
  const navigate = useNavigate({ from: "/reminders" });
  const query = useInfiniteQuery(remindersQuery(state));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("reminders.title")} intro={t("reminders.intro")} />
      <div className="max-w-80">
        <Segmented
          label={t("reminders.state")}
          value={state}
          onChange={(next) =>
            void navigate({ search: { state: next === "open" ? "" : next }, replace: true })
          }
          choices={states.map((id) => ({ id, content: t(`reminders.state_${id}`) }))}
        />
      </div>
      {query.isPending ? <SkeletonRows rows={6} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && items.length === 0 ? (
        <EmptyState title={t("reminders.empty")} text={t("reminders.emptyText")} />
      ) : null}
      <ul className="flex max-w-[960px] flex-col gap-2">
        {items.map((reminder) => (
          <Item key={reminder._id} reminder={reminder} />
        ))}
      </ul>
      {query.hasNextPage ? (
        <div>
          <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {t("ui.loadMore")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

const minuteMs = 60_000;
const delays = [
  { id: "quarter", ms: 15 * minuteMs },
  { id: "hour", ms: 60 * minuteMs },
  { id: "day", ms: 24 * 60 * minuteMs },
  { id: "week", ms: 7 * 24 * 60 * minuteMs },
] as const;

function Item({ reminder }: { reminder: Reminder }) {
  const { t } = useTranslation();
  const act = useReminderAct();
  const checked = reminder.body.status === "checked";
  const onError = (error: Error) => toast(error.message, { bad: true });
  return (
    <li className="flex flex-wrap items-start justify-between gap-3 rounded-box border border-line bg-surface p-3">
      <div className="min-w-0 grow basis-60">
        <p className="flex flex-wrap items-center gap-2 text-12 text-ink-muted">
          {reminder.body.duedate ? <Moment at={new Date(reminder.body.duedate).toISOString()} /> : null}
          {reminder.due ? <Badge tone="waiting">{t("reminders.due")}</Badge> : null}
        </p>
        <p className="max-w-[70ch] wrap-anywhere whitespace-pre-line">{reminder.text}</p>
        {reminder.contact ? (
          <Link
            to="/contacts/$id"
            params={{ id: reminder.contact._id }}
            className="ring-focus rounded-box text-accent-ink underline"
          >
            <bdi>{reminder.contact.name || t("reminders.contact")}</bdi>
          </Link>
        ) : null}
      </div>
      <div className="flex gap-2">
        {checked ? null : (
          <Menu
            label={t("reminders.snooze")}
            trigger={<Button>{t("reminders.snooze")}</Button>}
            choices={delays.map(({ id, ms }) => ({
              id,
              text: t(`reminders.snooze_${id}`),
              onChoose: () => act.mutate({ id: reminder._id, until: serverNow() + ms }, { onError }),
            }))}
          />
        )}
        <Button
          isPending={act.isPending}
          onPress={() =>
            act.mutate({ id: reminder._id, status: checked ? "unchecked" : "checked" }, { onError })
          }
        >
          {checked ? t("reminders.uncheck") : t("reminders.check")}
        </Button>
      </div>
    </li>
  );
}
