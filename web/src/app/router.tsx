// SPDX-License-Identifier: Apache-2.0

import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { only, parseSearch, stringifySearch } from "./address";
import { Frame } from "./frame/Frame";
import { ChoosePassword } from "./gate/ChoosePassword";
import { NotFound, PageError } from "./gate/NotFound";
import { SetUp } from "./gate/SetUp";
import { SignIn } from "./gate/SignIn";
import { screens } from "./screens";

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: PageError });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: only(["next", "ended"]),
  component: SignIn,
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: only(["token"]),
  component: SetUp,
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation",
  validateSearch: only(["token"]),
  component: ChoosePassword,
});

const reset = createRoute({
  getParentRoute: () => root,
  path: "/reset",
  validateSearch: only(["token"]),
  component: ChoosePassword,
});

const gallery = createRoute({
  getParentRoute: () => root,
  path: "/ui",
  component: lazyRouteComponent(() => import("@/ui/gallery/Gallery"), "Gallery"),
});

// Any screen inside the frame can show one call beside it, at an instant of its life.
const frame = createRoute({
  getParentRoute: () => root,
  id: "frame",
  validateSearch: only(["call", "at"]),
  component: Frame,
});

const live = createRoute({
  getParentRoute: () => frame,
  path: "/",
  validateSearch: only(["q", "queue", "agent", "direction", "connector", "column"]),
  component: screens.live,
});

const calls = createRoute({
  getParentRoute: () => frame,
  path: "/calls",
  validateSearch: only(["q", "state", "queue", "agent", "direction", "connector", "period", "open"]),
  component: screens.calls,
});

const agentsLive = createRoute({
  getParentRoute: () => frame,
  path: "/agents/live",
  validateSearch: only(["q", "state", "sort", "page"]),
  component: screens.agentsLive,
});

const contacts = createRoute({
  getParentRoute: () => frame,
  path: "/contacts",
  validateSearch: only(["q", "group", "deleted"]),
  component: screens.contacts,
});

const contactImport = createRoute({
  getParentRoute: () => frame,
  path: "/contacts/import",
  validateSearch: only(["id"]),
  component: screens.contactImport,
});

const contactDuplicates = createRoute({
  getParentRoute: () => frame,
  path: "/contacts/duplicates",
  component: screens.contactDuplicates,
});

const contactNumber = createRoute({
  getParentRoute: () => frame,
  path: "/contacts/numbers",
  validateSearch: only(["q"]),
  component: screens.contactNumber,
});

const contactGroups = createRoute({
  getParentRoute: () => frame,
  path: "/contacts/groups",
  component: screens.contactGroups,
});

const contact = createRoute({
  getParentRoute: () => frame,
  path: "/contacts/$id",
  component: screens.contact,
});

const missed = createRoute({
  getParentRoute: () => frame,
  path: "/missed-calls",
  validateSearch: only(["mine", "done"]),
  component: screens.missed,
});

const reminders = createRoute({
  getParentRoute: () => frame,
  path: "/reminders",
  validateSearch: only(["state"]),
  component: screens.reminders,
});

const inbox = createRoute({
  getParentRoute: () => frame,
  path: "/inbox",
  validateSearch: only(["item"]),
  component: screens.inbox,
});

const routing = createRoute({
  getParentRoute: () => frame,
  path: "/routing",
  validateSearch: only(["tab"]),
  component: screens.routing,
});

const connect = createRoute({
  getParentRoute: () => frame,
  path: "/connect",
  component: screens.connect,
});

const integrations = createRoute({
  getParentRoute: () => frame,
  path: "/integrations",
  validateSearch: only(["tab"]),
  component: screens.integrations,
});

const integration = createRoute({
  getParentRoute: () => frame,
  path: "/integrations/$id",
  validateSearch: only(["delivery", "status"]),
  component: screens.integration,
});

const callButton = createRoute({
  getParentRoute: () => frame,
  path: "/call-button",
  component: screens.callButton,
});

const people = createRoute({
  getParentRoute: () => frame,
  path: "/people",
  validateSearch: only(["tab"]),
  component: screens.people,
});

const sip = createRoute({
  getParentRoute: () => frame,
  path: "/sip",
  validateSearch: only(["tab"]),
  component: screens.sip,
});

const keys = createRoute({
  getParentRoute: () => frame,
  path: "/keys",
  component: screens.keys,
});

const settings = createRoute({
  getParentRoute: () => frame,
  path: "/settings",
  component: screens.settings,
});

const tenants = createRoute({
  getParentRoute: () => frame,
  path: "/tenants",
  component: screens.tenants,
});

const audit = createRoute({
  getParentRoute: () => frame,
  path: "/audit",
  validateSearch: only(["actor", "action", "object"]),
  component: screens.audit,
});

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    setup,
    invitation,
    reset,
    gallery,
    frame.addChildren([
      live,
      calls,
      contacts,
      contactImport,
      contactGroups,
      contactDuplicates,
      contactNumber,
      contact,
      missed,
      reminders,
      agentsLive,
      inbox,
      routing,
      connect,
      integrations,
      integration,
      callButton,
      people,
      sip,
      keys,
      audit,
      settings,
      tenants,
    ]),
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
