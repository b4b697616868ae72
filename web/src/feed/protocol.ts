// SPDX-License-Identifier: Apache-2.0

import type { AgentState, Card, Counts } from "../api/types";

/** How the server brought a client that came back up to date. */
export type ResumeResult = "snapshot" | "up_to_date" | "replayed";

/** What the live view says: the present, or what changed in it. */
export interface FeedUpdate {
  /** A snapshot replaces everything; changes are merged, newest position wins. */
  readonly kind: "snapshot" | "changes";
  readonly position: number;
  readonly calls: readonly Card[];
  readonly counts: Counts | null;
  /** Some open calls did not fit into the snapshot. */
  readonly truncated: boolean;
  /** Set on the first update after a connection came back. */
  readonly resumed: ResumeResult | null;
}

/** Close codes of the server's own. */
export const closeCodes = { slow: 4000, sessionEnded: 4001, tooManyFrames: 4008 } as const;

interface Frame {
  event?: unknown;
  status?: unknown;
  data?: unknown;
}

interface FrameData {
  position?: number;
  result?: ResumeResult;
  calls?: readonly Card[] | null;
  counts?: Counts | null;
  truncated?: boolean;
}

/** What agents do: all of them, or those that changed. */
export interface AgentsUpdate {
  /** These are all; forget what was known. */
  readonly whole: boolean;
  readonly agents: readonly AgentState[];
  /** Ids of those who are agents no more. */
  readonly gone: readonly string[];
}

/** A frame that says something, with its data. Null for any other. */
function read(text: string): { event: unknown; data: object } | null {
  let frame: Frame | null;
  try {
    frame = JSON.parse(text) as Frame | null;
  } catch {
    return null;
  }
  if (frame?.status !== "Ok" || typeof frame.data !== "object" || frame.data === null) {
    return null;
  }
  return { event: frame.event, data: frame.data };
}

/** Reads a frame about agents. Null for any other. */
export function agentsOf(text: string): AgentsUpdate | null {
  const frame = read(text);
  if (frame?.event !== "Agents") {
    return null;
  }
  const { whole = false, agents, gone } = frame.data as Partial<AgentsUpdate>;
  return { whole, agents: agents ?? [], gone: gone ?? [] };
}

/** A page that somebody wants this person to see. */
export interface Pop {
  readonly position: number;
  /** Begins with http:// or https://. */
  readonly url: string;
  /** Offered here, or in a tab of its own. */
  readonly window: "page" | "tab";
  readonly call: { readonly id: number } | null;
}

const popTail = 40;

/** Reads a frame that has a page opened. Null for any other, and for what is no address of the web. */
export function popOf(text: string): Pop | null {
  // They are few, and reading every frame once more for them is not: the name stands at one of the ends.
  const ends = text.slice(0, popTail) + text.slice(-popTail);
  const frame = ends.includes('"event":"Pop"') ? read(text) : null;
  if (frame?.event !== "Pop") {
    return null;
  }
  const { position = 0, url = "", window = "page", call = null } = frame.data as Partial<Pop>;
  return /^https?:\/\//.test(url) ? { position, url, window, call } : null;
}

/** Reads a frame. Null for one that does not concern the live view, or cannot be read. */
export function updateOf(text: string): FeedUpdate | null {
  const frame = read(text);
  if (!frame) {
    return null;
  }
  const data = frame.data as FrameData;
  if (typeof data.position !== "number") {
    return null;
  }
  const update = {
    position: data.position,
    calls: data.calls ?? [],
    counts: data.counts ?? null,
    truncated: data.truncated ?? false,
  };
  switch (frame.event) {
    case "Subscribed":
      return {
        ...update,
        kind: data.result === "snapshot" ? "snapshot" : "changes",
        resumed: data.result ?? "snapshot",
      };
    case "Snapshot":
      return { ...update, kind: "snapshot", resumed: null };
    case "Changes":
      return { ...update, kind: "changes", resumed: null };
    default:
      return null;
  }
}

export const followAgentsFrame = JSON.stringify({ event: "followAgents", data: {} });

export const subscribeFrame = JSON.stringify({ event: "subscribe", data: {} });

export function resumeFrame(position: number): string {
  return JSON.stringify({ event: "resume", data: { position } });
}
