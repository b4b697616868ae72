// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";
import type { Card } from "@/api/types";
import { choicesOf, columnsOf, fits, neighbour } from "./columns";

function card(id: number, more: Partial<Card> = {}): Card {
  const at = new Date(id * 1000).toISOString();
  const base = {
    id,
    callId: `1767225600.${id}`,
    connector: { id: 1, name: "vendor" },
    state: "NEW",
    direction: "inbound",
    outcome: "",
    theirNumber: "84901234567",
    theirNational: "090 123 45 67",
    ourNumber: "08007770000",
    matchKey: "+84901234567",
    caller: null,
    queue: null,
    agent: null,
    times: { new: at },
    updatedAt: at,
    position: id,
  };
  return { ...base, ...more } as Card;
}

describe("fits", () => {
  const ana = card(1, {
    caller: { contactId: "x", name: "Nguyễn Ánh" },
    queue: { number: "900", name: "Known" },
  });
  it.each([
    [{}, true],
    [{ q: "0901 234" }, true],
    [{ q: "+84 90" }, true],
    [{ q: "555" }, false],
    [{ q: "1767225600.1" }, true],
    [{ q: "nguyen anh" }, true],
    [{ q: "090", queue: "901" }, false],
    [{ queue: "900", direction: "inbound", connector: "1" }, true],
    [{ agent: "200" }, false],
    [{ q: "   " }, true],
  ])("%o", (filter, expected) => expect(fits(filter)(ana)).toBe(expected));
});

describe("columnsOf", () => {
  // The supervisor reads from the top: whoever has waited longest stands there, and the freshest end.
  it("puts the longest wait first and the newest end first", () => {
    const columns = columnsOf(
      [
        card(1, { state: "WAITING", times: { waiting: "2026-01-01T00:00:09Z" } }),
        card(2, { state: "WAITING", times: { waiting: "2026-01-01T00:00:03Z" } }),
        card(3, { state: "FINISHED", times: { ended: "2026-01-01T00:00:01Z" } }),
        card(4, { state: "FINISHED", times: { ended: "2026-01-01T00:00:02Z" } }),
      ],
      {},
    );
    expect(columns.WAITING.map((c) => c.id)).toEqual([2, 1]);
    expect(columns.FINISHED.map((c) => c.id)).toEqual([4, 3]);
    expect(columns.NEW).toEqual([]);
  });

  it("is not harmed by a state it does not know", () => {
    const odd = card(1, { state: "ODD" as "NEW" });
    expect(columnsOf([odd, card(2)], {}).NEW.map((c) => c.id)).toEqual([2]);
  });
});

describe("neighbour", () => {
  const columns = columnsOf(
    [card(1), card(2), card(3), card(4, { state: "ONGOING" }), card(5, { state: "FINISHED" })],
    {},
  );
  it.each([
    ["ArrowDown", "NEW", 0, 2],
    ["ArrowDown", "NEW", 2, 3],
    ["ArrowUp", "NEW", 0, 1],
    ["End", "NEW", 0, 3],
    ["ArrowRight", "NEW", 2, 4], // over two empty columns, and up to the last card
    ["ArrowLeft", "FINISHED", 0, 4],
    ["ArrowLeft", "NEW", 1, 2],
  ] as const)("%s from %s %i", (key, state, index, id) =>
    expect(neighbour(columns, state, index, key)?.id).toBe(id),
  );
  it("knows no other keys", () => expect(neighbour(columns, "NEW", 0, "x")).toBeUndefined());
});

it("offers what is on the board", () => {
  const cards = [
    card(1, { queue: { number: "901", name: "New" } }),
    card(2, { queue: { number: "900", name: "" } }),
  ];
  expect(choicesOf(cards).queues).toEqual([
    { id: "900", text: "900" },
    { id: "901", text: "901 New" },
  ]);
});
