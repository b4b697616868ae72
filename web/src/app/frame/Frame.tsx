// SPDX-License-Identifier: Apache-2.0

import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useLocation, useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { MeContext, sessionQuery, useSession } from "@/api/session";
import type { Me } from "@/api/types";
import { CallSheetOutlet } from "@/feature/call/CallSheetOutlet";
import { PopNotes } from "@/feature/pops/PopNotes";
import { LiveProvider } from "@/feed/react";
import { ClockContext } from "@/ui/Moment";
import { ErrorState } from "@/ui/State";
import { fetchScreens } from "../screens";
import { SearchDialog } from "../search/SearchDialog";
import { useSearchKeys } from "../search/useSearchKeys";
import { OperatorFrame } from "./OperatorFrame";
import { placesOf } from "./places";
import { BottomBar, Rail } from "./Rail";
import { TopBar } from "./TopBar";

/** Everything behind the sign-in. */
export function Frame() {
  const session = useSession();
  if (session.isError) {
    return <ErrorState error={session.error} onRetry={() => void session.refetch()} />;
  }
  if (session.isPending) {
    return null;
  }
  if (!session.data) {
    return <ToSignIn />;
  }
  return session.data.tenant.uuid ? <SignedIn me={session.data} /> : <OperatorFrame me={session.data} />;
}

/** Names the browser's tab after the screen. */
function useTitle(me: Me): void {
  const { t } = useTranslation();
  const path = useLocation({ select: (location) => location.pathname });
  useEffect(() => {
    // A page of one thing, such as a contact, is named after its list.
    const place = placesOf(me).find(({ to }) => to === path || (to !== "/" && path.startsWith(`${to}/`)));
    document.title = place ? t("frame.title", { screen: t(`frame.${place.id}`) }) : t("product");
  }, [me, path, t]);
}

/** Asks to sign in, and keeps in mind where to go on afterwards. */
function ToSignIn() {
  const router = useRouter();
  useEffect(() => {
    // Read once: on the way to the sign-in page the address is the sign-in page's already.
    const here = router.state.location.href;
    if (!here.startsWith("/login")) {
      void router.navigate({ to: "/login", search: here === "/" ? {} : { next: here }, replace: true });
    }
  }, [router]);
  return null;
}

function SignedIn({ me }: { me: Me }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const [searching, setSearching] = useState(false);
  useSearchKeys(() => setSearching(true));
  useTitle(me);
  useEffect(() => {
    // Once the screen that was asked for has come.
    const timer = setTimeout(fetchScreens, 1_000);
    return () => clearTimeout(timer);
  }, []);
  const clock = useMemo(
    () => ({ timeZone: me.tenant.timeZone || "UTC", locale: i18n.language }),
    [me.tenant.timeZone, i18n.language],
  );
  const onSignedOut = useCallback(() => {
    queries.setQueryData(sessionQuery.queryKey, null);
  }, [queries]);
  return (
    <MeContext value={me}>
      <ClockContext value={clock}>
        <LiveProvider onSignedOut={onSignedOut}>
          <a
            href="#content"
            className="ring-focus sr-only z-50 rounded-box bg-surface px-3 py-2 shadow-float focus:not-sr-only focus:absolute focus:start-2 focus:top-2"
          >
            {t("frame.skip")}
          </a>
          <div className="flex h-full">
            <Rail />
            <div className="flex min-w-0 grow flex-col">
              <TopBar onSearch={() => setSearching(true)} />
              <main id="content" tabIndex={-1} className="relative flex min-h-0 grow flex-col outline-none">
                <Outlet />
              </main>
              <BottomBar />
            </div>
          </div>
          <CallSheetOutlet />
          <PopNotes />
          <SearchDialog open={searching} onClose={() => setSearching(false)} />
        </LiveProvider>
      </ClockContext>
    </MeContext>
  );
}
