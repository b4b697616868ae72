// SPDX-License-Identifier: Apache-2.0

import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, Coffee, Minus, PhoneCall } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import type { AgentState } from "@/api/types";
import { useAgents, useBoard, useLive } from "@/feed/react";
import { figure } from "@/format/number";
import { Button, IconButton } from "@/ui/Button";
import { LostBanner } from "@/ui/ConnectionBanner";
import { cx } from "@/ui/cx";
import { LiveDuration } from "@/ui/Duration";
import { useClock } from "@/ui/Moment";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, NoRight } from "@/ui/State";
import { useSecond } from "@/ui/second";
import { type Column, Table } from "@/ui/Table";
import { AgentFilters } from "./AgentFilters";
import { AgentPill } from "./AgentPill";
import { CallDialog } from "./CallDialog";
import { PausesDialog } from "./PausesDialog";
import { type AgentFilter, held, listed, pageOf } from "./rows";
import { OthersState, OwnState } from "./StateMenu";

/** Every agent, and what they do at this moment. */
export function AgentsLivePage() {
  const { t } = useTranslation();
  const me = useMe();
  const { client } = useLive();
  const connection = useBoard((state) => state.connection);
  const { agents, ready } = useAgents();
  const [called, setCalled] = useState<AgentState | null>(null);
  const [pauses, setPauses] = useState(false);
  const own = [...agents.values()].find((agent) => agent.login === me.login);
  if (!me.rights.includes("feed.read")) {
    return <NoRight />;
  }
  return (
    <div className="flex min-h-0 grow flex-col gap-3 pt-3">
      <div className="flex flex-col gap-3 px-3 md:px-4">
        <PageHead title={t("agents.title")}>
          {me.rights.includes("settings.write") ? (
            <Button icon={<Coffee aria-hidden size={16} />} onPress={() => setPauses(true)}>
              {t("agents.pauses")}
            </Button>
          ) : null}
          {own && me.rights.includes("self.write") ? <OwnState agent={own} /> : null}
        </PageHead>
        {connection.phase === "lost" ? (
          <LostBanner since={connection.since} onRetry={() => client.retryNow()} />
        ) : null}
      </div>
      {ready ? null : <SkeletonRows rows={12} />}
      {ready && agents.size === 0 ? <NoAgents /> : null}
      {agents.size > 0 ? (
        <Agents agents={agents} stale={connection.phase === "lost"} onCall={setCalled} />
      ) : null}
      {pauses ? <PausesDialog onClose={() => setPauses(false)} /> : null}
      {called ? <CallDialog agent={called} onClose={() => setCalled(null)} /> : null}
    </div>
  );
}

function NoAgents() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { rights } = useMe();
  const add = (
    <Button look="primary" onPress={() => void navigate({ to: "/people" })}>
      {t("agents.addPeople")}
    </Button>
  );
  return (
    <EmptyState
      title={t("agents.empty")}
      text={t("agents.emptyText")}
      action={rights.includes("agent.write") ? add : null}
    />
  );
}

interface AgentsProps {
  readonly agents: ReadonlyMap<string, AgentState>;
  readonly stale: boolean;
  readonly onCall: (agent: AgentState) => void;
}

function Agents({ agents, stale, onCall }: AgentsProps) {
  const { t } = useTranslation();
  const { call: openId, page: wanted, q, state, sort } = useSearch({ from: "/frame/agents/live" });
  const navigate = useNavigate({ from: "/agents/live" });
  const now = useSecond();
  const { locale } = useClock();
  const filter = useMemo(() => ({ q, state, sort }), [q, state, sort]);
  const { rows, counts } = useMemo(
    () => listed(agents.values(), filter, now, locale),
    [agents, filter, now, locale],
  );
  const steady = useSteady(rows, `${q} ${state} ${sort}`);
  const { items, page, pages } = pageOf(steady.rows, Number(wanted) || 1);
  const columns = useColumns(onCall);
  const onChange = useCallback(
    (change: Partial<Record<keyof AgentFilter, string>>) =>
      void navigate({ search: (before) => ({ ...before, page: "", ...change }), replace: true }),
    [navigate],
  );
  const turnTo = (to: number) => void navigate({ search: (before) => ({ ...before, page: String(to) }) });
  return (
    <>
      <div className="px-3 md:px-4">
        <AgentFilters filter={filter} counts={counts} onChange={onChange} />
      </div>
      {rows.length === 0 ? (
        <EmptyState
          title={t("agents.noneMatch")}
          action={<Button onPress={() => onChange({ q: "", state: "" })}>{t("ui.clearFilters")}</Button>}
        />
      ) : (
        <div
          className={cx("flex min-h-0 grow flex-col", stale && "opacity-60")}
          onPointerEnter={steady.hold}
          onPointerLeave={steady.release}
        >
          <Table
            label={t("agents.title")}
            columns={columns}
            rows={items}
            keyOf={(row) => row._id}
            openKey={items.find((row) => row.call && String(row.call.id) === openId)?._id}
            onOpen={(row) =>
              row.call &&
              void navigate({ search: (before) => ({ ...before, call: String(row.call?.id), at: "" }) })
            }
            narrow={(row) => <NarrowRow agent={row} onCall={onCall} />}
          />
          {pages > 1 ? <Pager page={page} pages={pages} total={rows.length} onTurn={turnTo} /> : null}
        </div>
      )}
    </>
  );
}

/** While somebody points at the list its rows stay where they are, so that a button is not another's when it is pressed. */
function useSteady(rows: readonly AgentState[], view: string) {
  const [kept, setKept] = useState<{ view: string; order: readonly string[] } | null>(null);
  return {
    rows: kept?.view === view ? held(rows, kept.order) : rows,
    hold: () => setKept({ view, order: rows.map(({ _id }) => _id) }),
    release: () => setKept(null),
  };
}

interface PagerProps {
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  readonly onTurn: (page: number) => void;
}

function Pager({ page, pages, total, onTurn }: PagerProps) {
  const { t } = useTranslation();
  const { locale } = useClock();
  const words = { page: figure(page, locale), pages: figure(pages, locale), n: figure(total, locale) };
  return (
    <nav
      aria-label={t("agents.pages")}
      className="flex shrink-0 items-center justify-end gap-2 border-t border-line px-4 py-2 text-12 text-ink-muted"
    >
      <span className="tabular">{t("agents.page", words)}</span>
      <IconButton
        label={t("agents.before")}
        icon={<ChevronLeft aria-hidden size={16} />}
        isDisabled={page <= 1}
        onPress={() => onTurn(page - 1)}
      />
      <IconButton
        label={t("agents.after")}
        icon={<ChevronRight aria-hidden size={16} />}
        isDisabled={page >= pages}
        onPress={() => onTurn(page + 1)}
      />
    </nav>
  );
}

interface CallButtonProps {
  readonly agent: AgentState;
  readonly onCall: (agent: AgentState) => void;
  /** A finger needs more room than a pointer. */
  readonly large?: boolean;
}

function CallButton({ agent, onCall, large }: CallButtonProps) {
  const { t } = useTranslation();
  const me = useMe();
  if (agent.state !== "free" || agent.extension === "" || !me.rights.includes("call.create")) {
    return null;
  }
  return (
    <Button
      small={!large}
      aria-label={t("agents.callFor", { name: agent.name })}
      icon={<PhoneCall aria-hidden size={14} />}
      onPress={() => onCall(agent)}
    >
      {t("agents.call")}
    </Button>
  );
}

function useColumns(onCall: (agent: AgentState) => void): readonly Column<AgentState>[] {
  const { t } = useTranslation();
  const mayChoose = useMe().rights.includes("agent.write");
  return useMemo(
    () => [
      {
        id: "state",
        header: t("agents.state"),
        width: "minmax(176px, 1fr)",
        cell: (agent) => <StateCell agent={agent} />,
      },
      {
        id: "since",
        header: t("agents.since"),
        width: "88px",
        end: true,
        cell: (agent) => (agent.since ? <LiveDuration since={agent.since} /> : <Never />),
      },
      {
        id: "name",
        header: t("agents.name"),
        width: "minmax(180px, 2fr)",
        cell: (agent) => (
          <>
            <bdi className="font-strong">{agent.name}</bdi>{" "}
            <span className="text-ink-muted">{agent.login === agent.name ? "" : agent.login}</span>
          </>
        ),
      },
      {
        id: "extension",
        header: t("agents.extension"),
        width: "96px",
        cell: (agent) => <span className="tabular select-text">{agent.extension}</span>,
      },
      {
        id: "queues",
        header: t("agents.queues"),
        width: "minmax(96px, 1fr)",
        cell: (agent) => <span className="tabular">{agent.queues.join(", ")}</span>,
      },
      {
        id: "actions",
        header: t("agents.actions"),
        width: "136px",
        end: true,
        cell: (agent) => (
          <span className="inline-flex items-center justify-end gap-1">
            <CallButton agent={agent} onCall={onCall} />
            {mayChoose ? <OthersState agent={agent} /> : null}
          </span>
        ),
      },
    ],
    [t, onCall, mayChoose],
  );
}

function Never() {
  const { t } = useTranslation();
  return (
    <span className="inline-flex text-ink-faint" title={t("agents.neverHeard")}>
      <Minus aria-hidden size={14} />
      <span className="sr-only">{t("agents.neverHeard")}</span>
    </span>
  );
}

function StateCell({ agent }: { agent: AgentState }) {
  const { t } = useTranslation();
  return (
    <span className="inline-flex max-w-full items-center gap-2">
      <AgentPill state={agent.state} reason={agent.reason} />
      {agent.next ? (
        <span className="truncate text-12 text-ink-muted">
          {t("agents.then", { state: t(`agents.state_${agent.next}`) })}
        </span>
      ) : null}
    </span>
  );
}

function NarrowRow({ agent, onCall }: { agent: AgentState; onCall: (agent: AgentState) => void }) {
  return (
    <div className="flex items-center justify-between gap-3">
      <span className="min-w-0">
        <span className="block truncate">
          <bdi className="font-strong">{agent.name}</bdi>{" "}
          <span className="tabular text-ink-muted">{agent.extension}</span>
        </span>
        <span className="flex items-center gap-2 text-12 text-ink-muted">
          <AgentPill state={agent.state} reason={agent.reason} />
          {agent.since ? <LiveDuration since={agent.since} /> : null}
        </span>
      </span>
      <CallButton agent={agent} onCall={onCall} large />
    </div>
  );
}
