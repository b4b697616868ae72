// SPDX-License-Identifier: Apache-2.0

import type { Right, Role } from "@/api/people";

/** How far a role reaches with a right: not at all, to one's own data, or to everybody's. */
export type Reach = "none" | "own" | "all";

export const own = (right: string) => `${right}.own`;

export function reachOf(rights: readonly string[], right: string): Reach {
  if (rights.includes(right)) return "all";
  return rights.includes(own(right)) ? "own" : "none";
}

export function withReach(rights: readonly string[], right: string, reach: Reach): string[] {
  const others = rights.filter((name) => name !== right && name !== own(right));
  if (reach === "none") return others;
  return [...others, reach === "own" ? own(right) : right];
}

/** What comes next when the cell of a right is pressed. */
export function nextReach({ ownable }: Right, reach: Reach): Reach {
  if (reach === "none") return ownable ? "own" : "all";
  return reach === "own" ? "all" : "none";
}

/** Rights by what they are about: contact, call … */
export function groups(rights: readonly Right[]): readonly (readonly [string, readonly Right[]])[] {
  const found = new Map<string, Right[]>();
  for (const right of rights) {
    const about = right.right.split(".")[0] ?? "";
    found.set(about, [...(found.get(about) ?? []), right]);
  }
  return [...found];
}

/** The built-in roles first, as they are the measure of the others. */
export function inOrder(roles: readonly Role[]): readonly Role[] {
  return [...roles].sort((a, b) => Number(b.builtIn) - Number(a.builtIn) || a.name.localeCompare(b.name));
}
