// SPDX-License-Identifier: Apache-2.0

import { type AgentState, type AgentStateName, agentStates } from "@/api/types";

export const sorts = ["state", "since", "name"] as const;
export type Sort = (typeof sorts)[number];

/** What narrows and orders the list. All of it stands in the address. */
export interface AgentFilter {
  readonly q?: string | undefined;
  readonly state?: string | undefined;
  readonly sort?: string | undefined;
}

export const perPage = 25;

/** An agent as they are at this moment: a wrap-up that is over ends without a word from the server. */
export function presentOf(agent: AgentState, now: number): AgentState {
  if (agent.state !== "wrap_up" || agent.until === null || Date.parse(agent.until) > now) {
    return agent;
  }
  return { ...agent, state: "free", since: agent.until, until: null };
}

/** Without case and accents, as the search on the server reads it. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").replace(/đ/giu, "d").toLowerCase();
}

function finds(agent: AgentState, words: readonly string[]): boolean {
  const text = plain(`${agent.name} ${agent.login} ${agent.extension}`);
  return words.every((word) => text.includes(word));
}

/** How many are in each state, of those that the search finds. */
export type StateCounts = Readonly<Record<AgentStateName, number>>;

export interface Listed {
  readonly rows: readonly AgentState[];
  readonly counts: StateCounts;
}

const sinceOf = (agent: AgentState) =>
  agent.since === null ? Number.POSITIVE_INFINITY : Date.parse(agent.since);

function bySince(a: AgentState, b: AgentState): number {
  const [left, right] = [sinceOf(a), sinceOf(b)];
  return left === right ? 0 : left - right;
}

const orders: Readonly<Record<Sort, (a: AgentState, b: AgentState) => number>> = {
  state: (a, b) => agentStates.indexOf(a.state) - agentStates.indexOf(b.state) || bySince(a, b),
  since: bySince,
  name: () => 0,
};

/** The agents in the order that is asked for: by state means the busy first, of each state the longest first. */
export function listed(
  agents: Iterable<AgentState>,
  filter: AgentFilter,
  now: number,
  locale: string,
): Listed {
  const words = plain(filter.q ?? "")
    .split(/\s+/)
    .filter(Boolean);
  const found = [...agents].map((agent) => presentOf(agent, now)).filter((agent) => finds(agent, words));
  const counts = Object.fromEntries(agentStates.map((state) => [state, 0])) as Record<AgentStateName, number>;
  for (const agent of found) {
    counts[agent.state] += 1;
  }
  const turned = filter.sort?.startsWith("-") ?? false;
  const sort = sorts.find((each) => each === filter.sort?.replace(/^-/, "")) ?? "state";
  const names = new Intl.Collator(locale, { numeric: true });
  const byName = (a: AgentState, b: AgentState) =>
    names.compare(a.name, b.name) || a._id.localeCompare(b._id);
  const rows = found
    .filter((agent) => !filter.state || agent.state === filter.state)
    .sort((a, b) => {
      const order = sort === "name" ? byName(a, b) : orders[sort](a, b);
      return (turned ? -order : order) || byName(a, b);
    });
  return { rows, counts };
}

/** The rows in the order in which they were last seen, newcomers last: nothing moves away from under a pointer. */
export function held(rows: readonly AgentState[], order: readonly string[]): readonly AgentState[] {
  const place = new Map(order.map((id, index) => [id, index]));
  return [...rows].sort((a, b) => (place.get(a._id) ?? order.length) - (place.get(b._id) ?? order.length));
}

/** One page of the rows, and how many pages there are; a page that is gone is the last one. */
export function pageOf<T>(
  rows: readonly T[],
  page: number,
): { items: readonly T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(rows.length / perPage));
  const shown = Math.min(Math.max(1, page), pages);
  return { items: rows.slice((shown - 1) * perPage, shown * perPage), page: shown, pages };
}
