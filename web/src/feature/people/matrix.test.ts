// SPDX-License-Identifier: Apache-2.0

import { expect, it } from "vitest";
import { groups, nextReach, reachOf, withReach } from "./matrix";

const ownable = { right: "contact.read", ownable: true, description: "" };
const whole = { right: "audit.read", ownable: false, description: "" };

it("goes from nothing over one's own to all, and back", () => {
  let rights: string[] = ["feed.read"];
  const seen = [];
  for (let i = 0; i < 3; i++) {
    rights = withReach(rights, "contact.read", nextReach(ownable, reachOf(rights, "contact.read")));
    seen.push(rights);
  }
  expect(seen).toEqual([["feed.read", "contact.read.own"], ["feed.read", "contact.read"], ["feed.read"]]);
});

it("leaves out one's own where there is no such thing", () => {
  expect(nextReach(whole, "none")).toBe("all");
  expect(nextReach(whole, "all")).toBe("none");
});

it("groups rights by what they are about", () => {
  expect(
    groups([ownable, { ...ownable, right: "contact.write" }, whole]).map(([about, list]) => [
      about,
      list.length,
    ]),
  ).toEqual([
    ["contact", 2],
    ["audit", 1],
  ]);
});
