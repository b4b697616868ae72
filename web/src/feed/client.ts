// SPDX-License-Identifier: Apache-2.0

import { Emitter } from "./emitter";
import {
  type AgentsUpdate,
  agentsOf,
  closeCodes,
  type FeedUpdate,
  followAgentsFrame,
  type Pop,
  popOf,
  resumeFrame,
  subscribeFrame,
  updateOf,
} from "./protocol";

/**
 * The connection to the live view.
 *
 *     connecting ──► live ──► lost ──► connecting … (for ever, with growing pauses)
 *          └──────────┴────────┴─────► ended (signed out, or stopped)
 */
export type Connection =
  | { readonly phase: "connecting" }
  | { readonly phase: "live" }
  /** since and retryAt are Unix milliseconds by the browser's clock. */
  | { readonly phase: "lost"; readonly since: number; readonly attempt: number; readonly retryAt: number }
  | { readonly phase: "ended"; readonly why: "signed-out" | "stopped" };

/** Everything a {@link FeedClient} tells. */
export interface FeedEvents {
  connection: Connection;
  update: FeedUpdate;
  agents: AgentsUpdate;
  pop: Pop;
}

/** As much of a WebSocket as is used; a test brings its own. */
export interface FeedSocket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface FeedOptions {
  readonly open: () => FeedSocket;
  /** Between 0 and 1; spreads the returns of many browsers after a restart. */
  readonly random?: () => number;
}

/** Nothing heard for so long: ask, and wait for an answer as long as probeMs before the connection counts as dead. */
export const quietMs = 20_000;
export const probeMs = 8_000;
export const openMs = 10_000;
const backoffFirstMs = 400;
const backoffMaxMs = 15_000;

/** How long to wait before the n-th attempt, n from 1. */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(backoffMaxMs, backoffFirstMs * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}

/** Follows the live view: connects, comes back after a loss and says where it was. */
export class FeedClient extends Emitter<FeedEvents> {
  readonly #options: FeedOptions;
  #socket: FeedSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #position: number | null = null;
  #attempt = 0;
  #lostSince = 0;
  #connection: Connection = { phase: "connecting" };
  #stopped = true;
  /** This connection has said where it begins; changes before that have nothing to be merged into. */
  #joined = false;
  /** What agents do is asked for on this connection, and on each one after it. */
  #followsAgents = false;
  /** The connection can be spoken on. */
  #opened = false;

  constructor(options: FeedOptions) {
    super();
    this.#options = options;
  }

  get connection(): Connection {
    return this.#connection;
  }

  start(): void {
    if (this.#stopped) {
      this.#stopped = false;
      this.#connect();
    }
  }

  stop(): void {
    this.#end("stopped");
  }

  /** Has the server tell what agents do, now and whenever the connection comes back. */
  followAgents(): void {
    this.#followsAgents = true;
    if (this.#opened) {
      this.#socket?.send(followAgentsFrame);
    }
  }

  /** No more than the server's next frames come; a new connection brings none. */
  leaveAgents(): void {
    this.#followsAgents = false;
  }

  /** Tries at once instead of at the end of the pause: the network is back, or someone looks again. */
  retryNow(): void {
    if (!this.#stopped && this.#connection.phase === "lost" && !this.#socket) {
      clearTimeout(this.#timer);
      this.#connect();
    }
  }

  #connect(): void {
    const socket = this.#options.open();
    this.#socket = socket;
    this.#joined = false;
    this.#opened = false;
    if (this.#lostSince === 0) {
      this.#become({ phase: "connecting" });
    }
    this.#expect(openMs, () => this.#drop(socket));
    socket.onopen = () => {
      if (this.#socket === socket) {
        this.#opened = true;
        socket.send(this.#position === null ? subscribeFrame : resumeFrame(this.#position));
        if (this.#followsAgents) {
          socket.send(followAgentsFrame);
        }
        this.#expect(probeMs, () => this.#drop(socket));
      }
    };
    socket.onmessage = (event) => {
      if (this.#socket === socket) {
        this.#hear(socket, event.data);
      }
    };
    socket.onclose = (event) => {
      if (this.#socket === socket) {
        this.#lose(event.code);
      }
    };
  }

  #hear(socket: FeedSocket, data: unknown): void {
    const agents = typeof data === "string" ? agentsOf(data) : null;
    if (agents) {
      this.emit("agents", agents);
      return;
    }
    const pop = typeof data === "string" ? popOf(data) : null;
    if (pop) {
      this.emit("pop", pop);
      return;
    }
    const update = typeof data === "string" ? updateOf(data) : null;
    this.#joined ||= update?.resumed != null;
    if (!update || !this.#joined) {
      return;
    }
    const probe = this.#lostSince === 0 && this.#connection.phase === "live";
    this.#position = update.position;
    this.#attempt = 0;
    this.#lostSince = 0;
    this.#listen(socket);
    // The answer to a probe is no return from a loss.
    this.emit("update", probe && update.kind === "changes" ? { ...update, resumed: null } : update);
    if (!probe) {
      this.#become({ phase: "live" });
    }
  }

  /** A dead connection can look open for many minutes; asking finds out. */
  #listen(socket: FeedSocket): void {
    this.#expect(quietMs, () => {
      socket.send(resumeFrame(this.#position ?? 0));
      this.#expect(probeMs, () => this.#drop(socket));
    });
  }

  #drop(socket: FeedSocket): void {
    if (this.#socket === socket) {
      this.#lose(0);
    }
    socket.close();
  }

  #lose(code: number): void {
    this.#forget();
    if (code === closeCodes.sessionEnded) {
      this.#end("signed-out");
      return;
    }
    this.#attempt += 1;
    this.#lostSince ||= Date.now();
    const pause = backoff(this.#attempt, (this.#options.random ?? Math.random)());
    this.#expect(pause, () => this.#connect());
    this.#become({
      phase: "lost",
      since: this.#lostSince,
      attempt: this.#attempt,
      retryAt: Date.now() + pause,
    });
  }

  #end(why: "signed-out" | "stopped"): void {
    const socket = this.#socket;
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#forget();
    socket?.close();
    this.#become({ phase: "ended", why });
  }

  #forget(): void {
    this.#opened = false;
    if (this.#socket) {
      this.#socket.onopen = null;
      this.#socket.onmessage = null;
      this.#socket.onclose = null;
      this.#socket = null;
    }
  }

  #expect(ms: number, otherwise: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(otherwise, ms);
  }

  #become(connection: Connection): void {
    this.#connection = connection;
    this.emit("connection", connection);
  }
}
