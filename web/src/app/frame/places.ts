// SPDX-License-Identifier: Apache-2.0

import {
  Activity,
  AlarmClock,
  Cable,
  ContactRound,
  GitBranch,
  Headset,
  Inbox,
  KeyRound,
  type LucideIcon,
  MousePointerClick,
  PhoneCall,
  PhoneMissed,
  ScrollText,
  Settings,
  Unplug,
  Users,
  Webhook,
} from "lucide-react";
import type { Me } from "@/api/types";

export interface Place {
  readonly id:
    | "live"
    | "calls"
    | "contacts"
    | "missed"
    | "reminders"
    | "agentsLive"
    | "inbox"
    | "routing"
    | "connect"
    | "integrations"
    | "callButton"
    | "people"
    | "sip"
    | "keys"
    | "audit"
    | "settings";
  readonly to:
    | "/"
    | "/calls"
    | "/contacts"
    | "/missed-calls"
    | "/reminders"
    | "/agents/live"
    | "/inbox"
    | "/routing"
    | "/connect"
    | "/integrations"
    | "/call-button"
    | "/people"
    | "/sip"
    | "/keys"
    | "/audit"
    | "/settings";
  /** What people work with all day, or what is set up now and then. */
  readonly group: "work" | "setUp";
  readonly icon: LucideIcon;
  /** Who lacks it does not see the entry. */
  readonly right: string;
}

const places: readonly Place[] = [
  { id: "live", to: "/", group: "work", icon: Activity, right: "feed.read" },
  { id: "calls", to: "/calls", group: "work", icon: PhoneCall, right: "call.read" },
  { id: "contacts", to: "/contacts", group: "work", icon: ContactRound, right: "contact.read" },
  { id: "missed", to: "/missed-calls", group: "work", icon: PhoneMissed, right: "call.read" },
  { id: "reminders", to: "/reminders", group: "work", icon: AlarmClock, right: "activity.read" },
  { id: "agentsLive", to: "/agents/live", group: "work", icon: Headset, right: "agent.read" },
  { id: "inbox", to: "/inbox", group: "setUp", icon: Inbox, right: "inbox.read" },
  { id: "routing", to: "/routing", group: "setUp", icon: GitBranch, right: "routing.read" },
  { id: "connect", to: "/connect", group: "setUp", icon: Unplug, right: "connector.read" },
  { id: "integrations", to: "/integrations", group: "setUp", icon: Webhook, right: "integration.read" },
  {
    id: "callButton",
    to: "/call-button",
    group: "setUp",
    icon: MousePointerClick,
    right: "click-to-call.read",
  },
  { id: "people", to: "/people", group: "setUp", icon: Users, right: "agent.write" },
  { id: "sip", to: "/sip", group: "setUp", icon: Cable, right: "sip.read" },
  { id: "keys", to: "/keys", group: "setUp", icon: KeyRound, right: "key.read" },
  { id: "audit", to: "/audit", group: "setUp", icon: ScrollText, right: "audit.read" },
  { id: "settings", to: "/settings", group: "setUp", icon: Settings, right: "settings.read" },
];

/** The screens this person may open. */
export function placesOf(me: Me): readonly Place[] {
  return places.filter((place) => me.rights.includes(place.right));
}
