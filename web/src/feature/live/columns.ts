// SPDX-License-Identifier: Apache-2.0

import { type CallState, type Card, callStates, type Instant } from "@/api/types";
import { finishedAt } from "@/feed/board";
import { digits, folded } from "@/format/text";

/** What narrows the board; an empty one shows everything. */
export interface BoardFilter {
  readonly q?: string;
  readonly queue?: string;
  readonly agent?: string;
  readonly direction?: string;
  readonly connector?: string;
}

export type Columns = Readonly<Record<CallState, readonly Card[]>>;

/** Since when a card's figure runs: since it came into its state. */
export function since(card: Card): Instant {
  const { times } = card;
  const own = {
    "": times.new,
    NEW: times.new,
    STANDBY: times.standby,
    WAITING: times.waiting,
    ONGOING: times.answered ?? times.ongoing,
    FINISHED: times.ended ?? times.finished,
  }[card.state];
  return own ?? times.new ?? card.updatedAt;
}

/** Says whether a card fits a filter. Built once per filter, because it is asked for every card. */
export function fits(filter: BoardFilter): (card: Card) => boolean {
  const text = folded(filter.q?.trim() ?? "");
  const number = /^[\d\s()+\-.]+$/.test(text) ? digits(text) : "";
  return (card) => {
    if (filter.queue && card.queue?.number !== filter.queue) return false;
    if (filter.agent && card.agent?.actor !== filter.agent) return false;
    if (filter.direction && card.direction !== filter.direction) return false;
    if (filter.connector && String(card.connector.id) !== filter.connector) return false;
    if (text === "") return true;
    if (number !== "") {
      const numbers = [card.theirNumber, card.ourNumber, card.theirNational, card.matchKey];
      if (numbers.some((each) => digits(each ?? "").includes(number))) return true;
    }
    return card.callId.toLowerCase().includes(text) || folded(card.caller?.name ?? "").includes(text);
  };
}

// Who has waited longest comes first; of what is over, the newest.
const order: Readonly<Record<CallState, (card: Card) => number>> = {
  NEW: (card) => Date.parse(since(card)),
  STANDBY: (card) => Date.parse(since(card)),
  WAITING: (card) => Date.parse(since(card)),
  ONGOING: (card) => Date.parse(since(card)),
  FINISHED: (card) => -finishedAt(card),
};

/** The calls of the moment in their five columns, each in the order it is read in. */
export function columnsOf(cards: Iterable<Card>, filter: BoardFilter): Columns {
  const wanted = fits(filter);
  const keyed: Record<CallState, [number, Card][]> = {
    NEW: [],
    STANDBY: [],
    WAITING: [],
    ONGOING: [],
    FINISHED: [],
  };
  for (const card of cards) {
    // A call of which only agents have told so far has no state, and no column.
    if (card.state !== "" && card.state in keyed && wanted(card)) {
      keyed[card.state].push([order[card.state](card), card]);
    }
  }
  const sorted = (state: CallState) =>
    keyed[state].sort(([a, x], [b, y]) => a - b || x.id - y.id).map(([, card]) => card);
  return {
    NEW: sorted("NEW"),
    STANDBY: sorted("STANDBY"),
    WAITING: sorted("WAITING"),
    ONGOING: sorted("ONGOING"),
    FINISHED: sorted("FINISHED"),
  };
}

/** Where the focus goes from a card with an arrow key; the card itself when there is nowhere to go. */
export function neighbour(columns: Columns, state: CallState, index: number, key: string): Card | undefined {
  const column = columns[state];
  const inColumn: Record<string, number> = {
    ArrowUp: index - 1,
    ArrowDown: index + 1,
    Home: 0,
    End: column.length - 1,
  };
  const to = inColumn[key];
  if (to !== undefined) {
    return column[Math.max(0, Math.min(column.length - 1, to))];
  }
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (step === undefined) {
    return undefined;
  }
  for (let at = callStates.indexOf(state) + step; at >= 0 && at < callStates.length; at += step) {
    const beside = columns[callStates[at] ?? state];
    if (beside.length > 0) {
      return beside[Math.min(index, beside.length - 1)];
    }
  }
  return column[index];
}

/** What the filters can be set to, from the calls on the board. */
export function choicesOf(cards: Iterable<Card>) {
  const queues = new Map<string, string>();
  const agents = new Map<string, string>();
  const connectors = new Map<string, string>();
  for (const { queue, agent, connector } of cards) {
    if (queue) queues.set(queue.number, queue.name ? `${queue.number} ${queue.name}` : queue.number);
    if (agent) agents.set(agent.actor, `${agent.number} ${agent.name || agent.actor}`);
    if (connector) connectors.set(String(connector.id), connector.name);
  }
  const list = (map: Map<string, string>) =>
    [...map].map(([id, text]) => ({ id, text })).sort((a, b) => a.text.localeCompare(b.text));
  return { queues: list(queues), agents: list(agents), connectors: list(connectors) };
}
