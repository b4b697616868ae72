// SPDX-License-Identifier: Apache-2.0

import type { AgentState } from "../api/types";
import type { AgentsUpdate } from "./protocol";

/** The agents, as the screen shows them. A new object whenever anything in it changed. */
export interface AgentBoardState {
  readonly agents: ReadonlyMap<string, AgentState>;
  /** True once all of them are here. */
  readonly ready: boolean;
}

/** What agents do at the moment. Changes are gathered and shown together, once per frame at most. */
export class AgentBoard {
  readonly #listeners = new Set<() => void>();
  readonly #schedule: (flush: () => void) => void;
  #state: AgentBoardState = { agents: new Map(), ready: false };
  #next: Map<string, AgentState> | null = null;
  #ready = false;

  constructor(schedule: (flush: () => void) => void) {
    this.#schedule = schedule;
  }

  readonly state = (): AgentBoardState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  apply(update: AgentsUpdate): void {
    const scheduled = this.#next !== null;
    const next = update.whole ? new Map<string, AgentState>() : (this.#next ?? new Map(this.#state.agents));
    this.#ready ||= update.whole;
    for (const agent of update.agents) {
      if (agent.position >= (next.get(agent._id)?.position ?? 0)) {
        next.set(agent._id, agent);
      }
    }
    for (const id of update.gone) {
      next.delete(id);
    }
    this.#next = next;
    if (!scheduled) {
      this.#schedule(() => this.flush());
    }
  }

  /** Shows what has been gathered. */
  flush(): void {
    this.#state = { agents: this.#next ?? this.#state.agents, ready: this.#ready };
    this.#next = null;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}
