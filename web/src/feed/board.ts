// SPDX-License-Identifier: Apache-2.0

import type { Card, Counts } from "../api/types";
import type { Connection } from "./client";
import type { FeedUpdate } from "./protocol";

/** What the return of the connection brought. */
export interface Missed {
  /** How many calls changed while away. */
  readonly calls: number;
  readonly at: number;
}

/** The present, as the screen shows it. A new object whenever anything in it changed. */
export interface BoardState {
  readonly connection: Connection;
  readonly cards: ReadonlyMap<number, Card>;
  readonly counts: Counts | null;
  readonly truncated: boolean;
  /** True once the first snapshot is here. */
  readonly ready: boolean;
  readonly missed: Missed | null;
  /** Calls that changed with the last step; null when everything may have. */
  readonly changed: readonly number[] | null;
  readonly position: number;
}

/** As many finished calls stay on the board, the newest; the rest is history. */
export const finishedMax = 200;
/** Finished calls are let go in batches, not one by one. */
const finishedSlack = 100;

const empty: BoardState = {
  connection: { phase: "connecting" },
  cards: new Map(),
  counts: null,
  truncated: false,
  ready: false,
  missed: null,
  changed: null,
  position: 0,
};

/**
 * The calls of the moment. Updates are gathered and shown together, once per frame at most, however many come;
 * what waits is one card per call, so a hidden page does not grow.
 */
export class Board {
  readonly #listeners = new Set<() => void>();
  readonly #beforeChange = new Set<(changed: readonly number[]) => void>();
  readonly #schedule: (flush: () => void) => void;
  #state = empty;
  #waiting = new Map<number, Card>();
  #replacement: ReadonlyMap<number, Card> | null = null;
  #counts: Counts | null = null;
  #truncated = false;
  #position = 0;
  #missed: Missed | null = null;
  #scheduled = false;

  constructor(schedule: (flush: () => void) => void) {
    this.#schedule = schedule;
  }

  readonly state = (): BoardState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls listener just before the calls named change on the screen. Returns how to stop. */
  onBeforeChange(listener: (changed: readonly number[]) => void): () => void {
    this.#beforeChange.add(listener);
    return () => this.#beforeChange.delete(listener);
  }

  connect(connection: Connection): void {
    this.#set({ ...this.#state, connection });
  }

  apply(update: FeedUpdate): void {
    if (update.resumed && this.#state.ready) {
      this.#missed = { calls: this.#differing(update), at: Date.now() };
    }
    this.#position = update.position;
    this.#counts = update.counts ?? this.#counts;
    if (update.kind === "snapshot") {
      this.#replacement = new Map(update.calls.map((card) => [card.id, card]));
      this.#truncated = update.truncated;
      this.#waiting.clear();
    } else {
      for (const card of update.calls) {
        this.#waiting.set(card.id, card);
      }
    }
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#schedule(() => this.flush());
    }
  }

  dismissMissed(): void {
    this.#missed = null;
    this.#set({ ...this.#state, missed: null });
  }

  /** Shows what has been gathered. */
  flush(): void {
    this.#scheduled = false;
    const changed = this.#replacement ? null : [...this.#waiting.keys()];
    for (const listener of this.#beforeChange) {
      listener(changed ?? []);
    }
    let cards = this.#replacement ?? this.#state.cards;
    if (this.#waiting.size > 0) {
      const next = new Map(cards);
      for (const [id, card] of this.#waiting) {
        if (card.position >= (next.get(id)?.position ?? 0)) {
          next.set(id, card);
        }
      }
      cards = next;
    }
    this.#replacement = null;
    this.#waiting = new Map();
    this.#set({
      ...this.#state,
      cards: withoutOldest(cards),
      counts: this.#counts,
      truncated: this.#truncated,
      ready: true,
      missed: this.#missed,
      position: this.#position,
      changed,
    });
  }

  #differing(update: FeedUpdate): number {
    const before = this.#state.cards;
    const changed = update.calls.filter((card) => before.get(card.id)?.position !== card.position);
    return changed.length;
  }

  #set(state: BoardState): void {
    this.#state = state;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

/** When a finished call ended, for its place in the list. Unix milliseconds. */
export function finishedAt(card: Card): number {
  return Date.parse(card.times.ended ?? card.times.finished ?? card.updatedAt);
}

function withoutOldest(cards: ReadonlyMap<number, Card>): ReadonlyMap<number, Card> {
  const finished = [...cards.values()].filter((card) => card.state === "FINISHED");
  if (finished.length <= finishedMax + finishedSlack) {
    return cards;
  }
  finished.sort((a, b) => finishedAt(b) - finishedAt(a));
  const next = new Map(cards);
  for (const card of finished.slice(finishedMax)) {
    next.delete(card.id);
  }
  return next;
}
