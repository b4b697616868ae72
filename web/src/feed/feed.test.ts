// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Card } from "../api/types";
import { Board, finishedMax } from "./board";
import { backoff, type Connection, FeedClient, type FeedSocket, probeMs, quietMs } from "./client";
import type { FeedUpdate, Pop } from "./protocol";

/** A peer of the client, driven by hand. */
class Peer implements FeedSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly heard: unknown[] = [];
  closed = false;

  send(text: string): void {
    this.heard.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  say(event: string, data: object): void {
    this.onmessage?.({ data: JSON.stringify({ event, data, status: "Ok" }) });
  }
}

function card(id: number, position: number, more: Partial<Card> = {}): Card {
  const base = {
    id,
    callId: `c-${id}`,
    state: "NEW",
    times: {},
    position,
    updatedAt: "2026-01-01T00:00:00Z",
  };
  return { ...base, ...more } as Card;
}

function setUp() {
  const peers: Peer[] = [];
  const client = new FeedClient({
    open: () => {
      const peer = new Peer();
      peers.push(peer);
      return peer;
    },
    random: () => 1,
  });
  const phases: Connection["phase"][] = [];
  const updates: FeedUpdate[] = [];
  client.on("connection", (c) => phases.push(c.phase));
  client.on("update", (u) => updates.push(u));
  const last = () => peers.at(-1) ?? expect.fail("no connection was opened");
  return { client, peers, phases, updates, last };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("FeedClient", () => {
  // Without this the board would start empty, or start over at every hiccup.
  it("subscribes first and resumes from where it was", () => {
    const { client, last, phases } = setUp();
    client.start();
    last().onopen?.();
    expect(last().heard).toEqual([{ event: "subscribe", data: {} }]);
    last().say("Subscribed", { position: 7, result: "snapshot", calls: [] });
    last().say("Changes", { position: 9, calls: [] });
    last().onclose?.({ code: 1001 });
    vi.advanceTimersByTime(400);
    last().onopen?.();
    expect(last().heard).toEqual([{ event: "resume", data: { position: 9 } }]);
    last().say("Subscribed", { position: 12, result: "replayed", calls: [] });
    expect(phases).toEqual(["connecting", "live", "lost", "live"]);
  });

  // A half-open connection never closes; silence must be questioned.
  it("asks after a silence and gives up on a peer that does not answer", () => {
    const { client, peers, phases } = setUp();
    client.start();
    const first = peers[0] as Peer;
    first.onopen?.();
    first.say("Subscribed", { position: 3, result: "snapshot", calls: [] });
    vi.advanceTimersByTime(quietMs);
    expect(first.heard.at(-1)).toEqual({ event: "resume", data: { position: 3 } });
    first.say("Subscribed", { position: 3, result: "up_to_date", calls: [] });
    expect(phases.at(-1)).toBe("live");
    vi.advanceTimersByTime(quietMs + probeMs);
    expect(first.closed).toBe(true);
    expect(phases.at(-1)).toBe("lost");
  });

  it("does not take the answer to its own question for a return", () => {
    const { client, last, updates } = setUp();
    client.start();
    last().onopen?.();
    last().say("Subscribed", { position: 3, result: "snapshot", calls: [] });
    vi.advanceTimersByTime(quietMs);
    last().say("Subscribed", { position: 3, result: "up_to_date" });
    expect(updates.map((u) => u.resumed)).toEqual(["snapshot", null]);
  });

  it("waits for the beginning before it takes changes", () => {
    const { client, last, updates, phases } = setUp();
    client.start();
    last().onopen?.();
    last().say("Changes", { position: 3, calls: [] });
    expect(updates).toEqual([]);
    expect(phases).toEqual(["connecting"]);
    last().say("Subscribed", { position: 3, result: "snapshot", calls: [] });
    expect(updates).toHaveLength(1);
  });

  it("stays away after the session ended", () => {
    const { client, peers, phases } = setUp();
    client.start();
    peers[0]?.onopen?.();
    peers[0]?.onclose?.({ code: 4001 });
    vi.advanceTimersByTime(60_000);
    expect(phases.at(-1)).toBe("ended");
    expect(peers).toHaveLength(1);
  });

  it("leaves nothing behind when stopped", () => {
    const { client, peers } = setUp();
    client.start();
    peers[0]?.onopen?.();
    client.stop();
    expect(vi.getTimerCount()).toBe(0);
    expect(peers[0]?.closed).toBe(true);
    expect(peers[0]?.onmessage).toBeNull();
  });

  it("keeps the moment of the loss through failed attempts and waits longer each time", () => {
    const { client, last } = setUp();
    client.start();
    const since = Date.now();
    for (const pause of [400, 800, 1600]) {
      last().onclose?.({ code: 1006 });
      expect(client.connection).toMatchObject({ phase: "lost", since, retryAt: Date.now() + pause });
      vi.advanceTimersByTime(pause);
    }
    last().onclose?.({ code: 1006 });
    client.retryNow();
    last().onopen?.();
    expect(last().heard).toEqual([{ event: "subscribe", data: {} }]);
  });

  it.each([
    [1, 0, 200],
    [1, 1, 400],
    [5, 1, 6400],
    [40, 1, 15_000],
  ])("pauses before attempt %i", (attempt, random, ms) => expect(backoff(attempt, random)).toBe(ms));

  it("tells of pages to open, and of none that is no page", () => {
    const { client, last } = setUp();
    const pops: Pop[] = [];
    client.on("pop", (pop) => pops.push(pop));
    client.start();
    last().onopen?.();
    last().say("Pop", { position: 7, url: "javascript:alert(1)", window: "page", call: null });
    last().say("Pop", { position: 8, url: "https://crm.example/17", window: "tab", call: { id: 3 } });
    expect(pops).toEqual([{ position: 8, url: "https://crm.example/17", window: "tab", call: { id: 3 } }]);
  });

  it("is not harmed by frames it does not know", () => {
    const { client, last, updates } = setUp();
    client.start();
    last().onopen?.();
    for (const data of [
      "",
      "{",
      "null",
      '{"event":"Welcome","data":"Welcome","status":"Ok"}',
      '{"event":"Changes"}',
    ]) {
      last().onmessage?.({ data });
    }
    expect(updates).toEqual([]);
  });
});

describe("Board", () => {
  const changes = (position: number, calls: Card[], more: Partial<FeedUpdate> = {}): FeedUpdate => ({
    kind: "changes",
    position,
    calls,
    counts: null,
    truncated: false,
    resumed: null,
    ...more,
  });

  function board() {
    const flushes: (() => void)[] = [];
    const it = new Board((flush) => flushes.push(flush));
    const show = () => {
      for (const flush of flushes.splice(0)) flush();
    };
    return { board: it, show, flushes };
  }

  // 2,000 moving calls must cost one render a frame, not one each.
  it("shows a burst in one step, the newest of each call", () => {
    const { board: b, show, flushes } = board();
    let renders = 0;
    b.subscribe(() => (renders += 1));
    for (let n = 1; n <= 50; n++) {
      b.apply(changes(n, [card(1, n), card(2, n, { state: "WAITING" })]));
    }
    expect(flushes).toHaveLength(1);
    show();
    expect(renders).toBe(1);
    expect(b.state().cards.get(1)?.position).toBe(50);
    expect(b.state().changed).toEqual([1, 2]);
  });

  it("never goes back to an older state of a call", () => {
    const { board: b, show } = board();
    b.apply(changes(5, [card(1, 5, { state: "ONGOING" })]));
    show();
    b.apply(changes(6, [card(1, 4, { state: "NEW" })]));
    show();
    expect(b.state().cards.get(1)?.state).toBe("ONGOING");
  });

  it("forgets what a snapshot does not hold", () => {
    const { board: b, show } = board();
    b.apply(changes(5, [card(1, 5), card(2, 5)]));
    show();
    b.apply(changes(9, [card(2, 8)], { kind: "snapshot" }));
    show();
    expect([...b.state().cards.keys()]).toEqual([2]);
  });

  it.each([
    ["replayed", "changes", [card(1, 9), card(3, 8)], 2],
    ["up_to_date", "changes", [], 0],
    ["snapshot", "snapshot", [card(1, 5), card(2, 9), card(3, 8)], 2],
  ] as const)("says what was missed after %s", (resumed, kind, calls, expected) => {
    const { board: b, show } = board();
    b.apply(changes(5, [card(1, 5), card(2, 5)], { kind: "snapshot", resumed: "snapshot" }));
    show();
    expect(b.state().missed).toBeNull();
    b.apply(changes(9, [...calls], { kind, resumed }));
    show();
    expect(b.state().missed?.calls).toBe(expected);
  });

  it("holds a bounded number of finished calls, the newest", () => {
    const { board: b, show } = board();
    for (let id = 1; id <= 5 * finishedMax; id++) {
      const ended = new Date(id * 1000).toISOString();
      b.apply(changes(id, [card(id, id, { state: "FINISHED", times: { ended } })]));
      show();
    }
    const ids = [...b.state().cards.keys()];
    expect(ids.length).toBeLessThanOrEqual(finishedMax + 100);
    expect(Math.max(...ids)).toBe(5 * finishedMax);
    expect(Math.min(...ids)).toBeGreaterThan(3 * finishedMax);
  });
});
