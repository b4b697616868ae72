// SPDX-License-Identifier: Apache-2.0

import { Activity, GitBranch, Inbox, type LucideIcon, PhoneCall, Unplug } from "lucide-react";
import type { Me } from "@/api/types";

export interface Place {
  readonly id: "live" | "calls" | "inbox" | "routing" | "connect";
  readonly to: "/" | "/calls" | "/inbox" | "/routing" | "/connect";
  readonly icon: LucideIcon;
  /** Who lacks it does not see the entry. */
  readonly right: string;
}

const places: readonly Place[] = [
  { id: "live", to: "/", icon: Activity, right: "feed.read" },
  { id: "calls", to: "/calls", icon: PhoneCall, right: "call.read" },
  { id: "inbox", to: "/inbox", icon: Inbox, right: "inbox.read" },
  { id: "routing", to: "/routing", icon: GitBranch, right: "routing.read" },
  { id: "connect", to: "/connect", icon: Unplug, right: "connector.read" },
];

/** The screens this person may open. */
export function placesOf(me: Me): readonly Place[] {
  return places.filter((place) => me.rights.includes(place.right));
}
