// SPDX-License-Identifier: Apache-2.0

import { lazyRouteComponent } from "@tanstack/react-router";

/** The screens inside the frame, each a file of its own that is fetched when it is first needed. */
export const screens = {
  live: lazyRouteComponent(() => import("@/feature/live/LivePage"), "LivePage"),
  agentsLive: lazyRouteComponent(() => import("@/feature/agents/AgentsLivePage"), "AgentsLivePage"),
  calls: lazyRouteComponent(() => import("@/feature/calls/CallsPage"), "CallsPage"),
  contacts: lazyRouteComponent(() => import("@/feature/contacts/ContactsPage"), "ContactsPage"),
  contactImport: lazyRouteComponent(() => import("@/feature/import/ImportPage"), "ImportPage"),
  contactDuplicates: lazyRouteComponent(() => import("@/feature/contacts/DuplicatesPage"), "DuplicatesPage"),
  contactNumber: lazyRouteComponent(() => import("@/feature/contacts/NumberPage"), "NumberPage"),
  contactGroups: lazyRouteComponent(() => import("@/feature/contacts/GroupsPage"), "GroupsPage"),
  contact: lazyRouteComponent(() => import("@/feature/contacts/ContactPage"), "ContactPage"),
  missed: lazyRouteComponent(() => import("@/feature/missed/MissedCallsPage"), "MissedCallsPage"),
  reminders: lazyRouteComponent(() => import("@/feature/reminders/RemindersPage"), "RemindersPage"),
  inbox: lazyRouteComponent(() => import("@/feature/inbox/InboxPage"), "InboxPage"),
  routing: lazyRouteComponent(() => import("@/feature/routing/RoutingPage"), "RoutingPage"),
  connect: lazyRouteComponent(() => import("@/feature/connect/ConnectPage"), "ConnectPage"),
  integrations: lazyRouteComponent(
    () => import("@/feature/integrations/IntegrationsPage"),
    "IntegrationsPage",
  ),
  integration: lazyRouteComponent(() => import("@/feature/integrations/EndpointPage"), "EndpointPage"),
  people: lazyRouteComponent(() => import("@/feature/people/PeoplePage"), "PeoplePage"),
  sip: lazyRouteComponent(() => import("@/feature/sip/SipPage"), "SipPage"),
  keys: lazyRouteComponent(() => import("@/feature/keys/KeysPage"), "KeysPage"),
  settings: lazyRouteComponent(() => import("@/feature/settings/SettingsPage"), "SettingsPage"),
  tenants: lazyRouteComponent(() => import("@/feature/tenants/TenantsPage"), "TenantsPage"),
  audit: lazyRouteComponent(() => import("@/feature/audit/AuditPage"), "AuditPage"),
  callButton: lazyRouteComponent(() => import("@/feature/call-button/CallButtonPage"), "CallButtonPage"),
};

/**
 * Fetches all screens ahead. A screen whose file cannot be fetched makes the router load the whole page anew, and while
 * the server is away that would replace the console, which says what is wrong, by the browser's own error page.
 */
export function fetchScreens(): void {
  for (const screen of Object.values(screens)) {
    void screen.preload?.()?.catch(() => {});
  }
}
