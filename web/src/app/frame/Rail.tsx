// SPDX-License-Identifier: Apache-2.0

import { Link, useRouter } from "@tanstack/react-router";
import { BookOpen, Ellipsis, PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Menu } from "@/ui/Menu";
import { Mark } from "./Mark";
import { type Place, placesOf } from "./places";

const key = "tandem.rail";

// A window that is not wide gives its width to the screen, until someone says otherwise.
const usual = () => (window.innerWidth < 1200 ? "slim" : "wide");

const entry =
  "ring-focus flex h-8 items-center gap-3 rounded-box px-2 text-14 text-ink-muted hover:bg-hover hover:text-ink";

/** The screens, on the left. */
export function Rail() {
  const { t } = useTranslation();
  const all = placesOf(useMe());
  const [slim, setSlim] = useState(() => (localStorage.getItem(key) ?? usual()) === "slim");
  const toggle = () => {
    localStorage.setItem(key, slim ? "wide" : "slim");
    setSlim(!slim);
  };
  return (
    <nav
      aria-label={t("frame.navigation")}
      className={cx(
        "hidden shrink-0 flex-col gap-1 border-e border-line bg-canvas p-2 md:flex",
        slim ? "w-12" : "w-52",
      )}
    >
      <Link to="/" className="ring-focus mb-2 flex h-8 items-center rounded-box px-1">
        <Mark alone={slim} />
      </Link>
      <Places places={all.filter(({ group }) => group === "work")} slim={slim} />
      <div className="mt-3 flex flex-col gap-1">
        {slim ? (
          <hr className="mx-2 border-line" />
        ) : (
          <h2 className="px-2 text-12 text-ink-faint">{t("frame.setUp")}</h2>
        )}
        <Places places={all.filter(({ group }) => group === "setUp")} slim={slim} />
      </div>
      <div className="grow" />
      <a href="/api/docs" className={entry} title={slim ? t("frame.apiDocs") : undefined}>
        <BookOpen aria-hidden size={16} className="shrink-0" />
        <span className={slim ? "sr-only" : "truncate"}>{t("frame.apiDocs")}</span>
      </a>
      <IconButton
        label={slim ? t("frame.expand") : t("frame.collapse")}
        icon={slim ? <PanelLeftOpen aria-hidden size={16} /> : <PanelLeftClose aria-hidden size={16} />}
        onPress={toggle}
      />
    </nav>
  );
}

function Places({ places, slim }: { places: readonly Place[]; slim: boolean }) {
  const { t } = useTranslation();
  return places.map(({ id, to, icon: Icon }) => (
    <Link
      key={id}
      to={to}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      className={entry}
      activeProps={{ className: "bg-pressed font-strong text-ink" }}
      title={slim ? t(`frame.${id}`) : undefined}
    >
      <Icon aria-hidden size={16} className="shrink-0" />
      <span className={slim ? "sr-only" : "truncate"}>{t(`frame.${id}`)}</span>
    </Link>
  ));
}

const barMax = 4;
const tab =
  "ring-focus-inset flex min-w-0 grow basis-0 flex-col items-center justify-center gap-1 text-12 text-ink-muted";

/** The same at the bottom of a telephone: four, and the rest under "more". */
export function BottomBar() {
  const { t } = useTranslation();
  const router = useRouter();
  const all = placesOf(useMe());
  const shown = all.slice(0, barMax);
  const rest = all.slice(barMax).map(({ id, to, icon: Icon }) => ({
    id,
    text: t(`frame.${id}`),
    icon: <Icon aria-hidden size={16} />,
    onChoose: () => void router.navigate({ to }),
  }));
  const docs = {
    id: "docs",
    text: t("frame.apiDocs"),
    icon: <BookOpen aria-hidden size={16} />,
    onChoose: () => location.assign("/api/docs"),
  };
  return (
    <nav
      aria-label={t("frame.navigation")}
      className="flex h-14 shrink-0 items-stretch border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {shown.map(({ id, to, icon: Icon }) => (
        <Link
          key={id}
          to={to}
          activeOptions={{ exact: to === "/", includeSearch: false }}
          className={tab}
          activeProps={{ className: "text-accent-ink font-strong" }}
        >
          <Icon aria-hidden size={20} />
          <span className="max-w-full truncate px-1">
            {id === "missed" ? t("frame.missedShort") : t(`frame.${id}`)}
          </span>
        </Link>
      ))}
      <Menu
        label={t("frame.more")}
        trigger={
          <AriaButton className={tab}>
            <Ellipsis aria-hidden size={20} />
            {t("frame.more")}
          </AriaButton>
        }
        choices={[...rest, docs]}
      />
    </nav>
  );
}
