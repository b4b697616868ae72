// SPDX-License-Identifier: Apache-2.0

import { Link, Outlet, useLocation, useMatches, useRouter } from "@tanstack/react-router";
import { LogOut } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { MeContext } from "@/api/session";
import type { Me } from "@/api/types";
import { IconButton } from "@/ui/Button";
import { ClockContext } from "@/ui/Moment";
import { LanguageMenu } from "../LanguageMenu";
import { Mark } from "./Mark";
import { ThemeMenu } from "./TopBar";
import { useSignOut } from "./useSignOut";

const home = "/tenants";

// What is the installation's and no call centre's.
const places = [
  { to: home, search: {}, words: "tenants.title" },
  { to: "/sip", search: { tab: "providers" }, words: "sip.providers" },
  { to: "/audit", search: {}, words: "audit.title" },
] as const;
const screens: ReadonlySet<string> = new Set(places.map(({ to }) => `/frame${to}`));

const entry =
  "ring-focus-inset flex h-10 shrink-0 items-center border-b-2 border-transparent px-2 text-14 text-ink-muted hover:text-ink";

/** What an operator sees, who looks after the installation and belongs to no call centre. */
export function OperatorFrame({ me }: { me: Me }) {
  const { t, i18n } = useTranslation();
  const signOut = useSignOut();
  const router = useRouter();
  const path = useLocation({ select: ({ pathname }) => pathname });
  // The address is ahead of what it shows: on the way, the outlet still holds the screen that is left.
  const there = useMatches({ select: (matches) => matches.some(({ routeId }) => screens.has(routeId)) });
  const place = places.find(({ to }) => to === path);
  useEffect(() => {
    // All other screens are a call centre's, but for the way out.
    if (!place && path !== "/login") {
      void router.navigate({ to: home, replace: true });
    }
  }, [place, path, router]);
  useEffect(() => {
    document.title = t("frame.title", { screen: t(place?.words ?? "tenants.title") });
  }, [place, t]);
  const clock = useMemo(
    () => ({ timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: i18n.language }),
    [i18n.language],
  );
  return (
    <MeContext value={me}>
      <ClockContext value={clock}>
        <div className="flex h-full flex-col">
          <header className="flex h-12 shrink-0 items-center gap-2 bg-canvas px-4">
            <Mark />
            <div className="grow" />
            <span className="truncate text-12 text-ink-muted">
              {t("frame.signedInAs", { login: me.login })}
            </span>
            <LanguageMenu />
            <ThemeMenu />
            <IconButton
              label={t("frame.signOut")}
              icon={<LogOut aria-hidden size={16} />}
              onPress={signOut}
            />
          </header>
          <nav
            aria-label={t("frame.navigation")}
            className="flex shrink-0 gap-2 overflow-x-auto border-b border-line bg-canvas px-2"
          >
            {places.map(({ to, search, words }) => (
              <Link
                key={to}
                to={to}
                search={search}
                activeOptions={{ includeSearch: false }}
                className={entry}
                activeProps={{ className: "border-accent font-strong text-ink" }}
              >
                {t(words)}
              </Link>
            ))}
          </nav>
          <main id="content" tabIndex={-1} className="relative flex min-h-0 grow flex-col outline-none">
            {there ? <Outlet /> : null}
          </main>
        </div>
      </ClockContext>
    </MeContext>
  );
}
