// SPDX-License-Identifier: Apache-2.0

import i18next from "i18next";
import { beforeAll, expect, it } from "vitest";
import type { Card } from "@/api/types";
import en from "@/messages/en.json";
import { exportCalls, exportRowsMax } from "./export";

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: en } } }));

const clock = { timeZone: "Asia/Ho_Chi_Minh", locale: "en" };
const call = (id: number): Card => ({
  id,
  callId: `c-${id}`,
  connector: { id: 1, name: "office" },
  state: "FINISHED",
  direction: "inbound",
  outcome: "answered",
  code: "",
  theirNumber: "0901234567",
  ourNumber: "1900",
  theirNational: "0901 234 567",
  ourNational: "1900",
  matchKey: "",
  withheld: false,
  caller: { contactId: "x", name: "=Ana" },
  queue: { number: "900", name: "Known" },
  agent: { actor: "ana@x", number: "200", login: "ana", name: "Ana" },
  times: {
    new: "2026-03-04T20:00:00Z",
    waiting: "2026-03-04T20:00:02Z",
    answered: "2026-03-04T20:00:12Z",
    ended: "2026-03-04T20:01:12Z",
  },
  events: 7,
  updatedAt: "2026-03-04T20:01:12Z",
  position: id,
});

it("reads page after page and writes a row for each call", async () => {
  const asked: string[] = [];
  const pages: Record<string, { items: Card[]; next?: string }> = {
    "": { items: [call(3), call(2)], next: "2" },
    "2": { items: [call(1)] },
  };
  const page = async (after: string) => {
    asked.push(after);
    return pages[after] ?? { items: [] };
  };
  const told: number[] = [];
  const { text, rows, cut } = await exportCalls(i18next.t, clock, page, (n) => told.push(n));
  expect([asked, told, rows, cut]).toEqual([["", "2"], [2, 3], 3, false]);
  expect(text.split("\r\n")[1]).toBe(
    `2026-03-05 03:00:00,Finished,Inbound,"'=Ana",0901234567,1900,900,Known,Ana,200,10,60,office,c-3`,
  );
});

it("stops at its bound, and says so", async () => {
  const many = Array.from({ length: 500 }, (_, n) => call(n));
  const { rows, cut } = await exportCalls(
    i18next.t,
    clock,
    async () => ({ items: many, next: "more" }),
    () => {},
  );
  expect([rows, cut]).toEqual([exportRowsMax, true]);
});
