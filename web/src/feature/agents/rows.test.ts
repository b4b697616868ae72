// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";
import type { AgentState, AgentStateName } from "@/api/types";
import { held, listed, pageOf, perPage, presentOf } from "./rows";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 9, 0, second)).toISOString();
const now = Date.parse(at(50));

function agent(
  name: string,
  state: AgentStateName,
  since: number | null,
  more: Partial<AgentState> = {},
): AgentState {
  return {
    _id: `id-${name}`,
    login: name.toLowerCase(),
    name,
    extension: "200",
    queues: [],
    state,
    reason: "",
    since: since === null ? null : at(since),
    until: null,
    call: null,
    next: "",
    position: 1,
    ...more,
  };
}

const some = [
  agent("Ana", "free", null),
  agent("Bruno", "free", 10),
  agent("Chi", "busy", 40),
  agent("Dũng", "busy", 20, { extension: "203" }),
  agent("Eva", "paused", 5),
  agent("Fay", "logged_out", 1),
];
const names = (filter: object) =>
  listed(some, filter, now, "en")
    .rows.map((each) => each.name)
    .join(" ");

describe("listed", () => {
  // The vendor's own order: whoever is busy comes first, and of whom nothing is known last.
  it("puts the busy first, of each state the longest first", () => {
    expect(names({})).toBe("Dũng Chi Eva Bruno Ana Fay");
    expect(names({ sort: "-state" })).toBe("Fay Ana Bruno Eva Chi Dũng");
    expect(names({ sort: "since" })).toBe("Fay Eva Bruno Dũng Chi Ana");
    expect(names({ sort: "name" })).toBe("Ana Bruno Chi Dũng Eva Fay");
    expect(names({ sort: "-name" })).toBe("Fay Eva Dũng Chi Bruno Ana");
    expect(names({ sort: "nonsense" })).toBe("Dũng Chi Eva Bruno Ana Fay");
  });

  it("finds by number, and by name without its accents", () => {
    expect(names({ q: "203" })).toBe("Dũng");
    expect(names({ q: "DUNG" })).toBe("Dũng");
    expect(names({ q: "nobody" })).toBe("");
    expect(names({ state: "busy" })).toBe("Dũng Chi");
  });

  it("counts what the search finds, whatever state is chosen", () => {
    const { counts } = listed(some, { state: "busy" }, now, "en");
    expect(counts).toEqual({ busy: 2, ringing: 0, wrap_up: 0, paused: 1, free: 2, logged_out: 1 });
  });
});

it("ends a wrap-up by the clock", () => {
  const resting = agent("Ana", "wrap_up", 40, { until: at(50) });
  expect(presentOf(resting, now - 1).state).toBe("wrap_up");
  expect(presentOf(resting, now)).toMatchObject({ state: "free", since: at(50), until: null });
});

it("holds the order while somebody points at it", () => {
  const order = ["id-Chi", "id-Ana"];
  expect(held(some, order).map((each) => each.name)).toEqual(["Chi", "Ana", "Bruno", "Dũng", "Eva", "Fay"]);
});

it("pages, and shows the last page when the one asked for is gone", () => {
  const many = Array.from({ length: perPage + 1 }, (_, i) => i);
  expect(pageOf(many, 1)).toMatchObject({ page: 1, pages: 2 });
  expect(pageOf(many, 9)).toEqual({ items: [perPage], page: 2, pages: 2 });
  expect(pageOf([], 3)).toEqual({ items: [], page: 1, pages: 1 });
});
