// SPDX-License-Identifier: Apache-2.0

import { Check, KeyRound, LogOut, Monitor, Moon, Search, Sun, UserRound } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import { useBoard } from "@/feed/react";
import { IconButton } from "@/ui/Button";
import { ConnectionMark } from "@/ui/ConnectionBanner";
import { Menu } from "@/ui/Menu";
import { Shortcut } from "@/ui/Shortcut";
import { chooseTheme, useTheme } from "@/ui/theme";
import { LanguageMenu } from "../LanguageMenu";
import { PasswordDialog } from "./PasswordDialog";
import { useSignOut } from "./useSignOut";

const themeIcons = { light: Sun, dark: Moon, system: Monitor };

/** Which call centre, search, connection, language, theme, and who I am. */
export function TopBar({ onSearch }: { onSearch: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const connection = useBoard((state) => state.connection);
  const signOut = useSignOut();
  const [changing, setChanging] = useState(false);
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-canvas px-4">
      <span className="min-w-0 shrink truncate font-strong" title={me.tenant.slug}>
        <bdi>{me.tenant.name}</bdi>
      </span>
      <div className="grow" />
      <AriaButton
        onPress={onSearch}
        aria-keyshortcuts="/ Control+K"
        className="ring-focus flex h-8 items-center gap-2 rounded-box px-2 text-14 text-ink-muted data-hovered:bg-hover md:w-72 md:border md:border-line md:bg-surface"
      >
        <Search aria-hidden size={16} className="shrink-0" />
        <span className="grow text-start max-md:sr-only">{t("search.open")}</span>
        <span className="max-md:hidden">
          <Shortcut keys={["/"]} />
        </span>
      </AriaButton>
      <ConnectionMark connection={connection} />
      <LanguageMenu />
      <ThemeMenu />
      <Menu
        label={t("frame.me", { name: me.name || me.login })}
        trigger={
          <IconButton
            label={t("frame.me", { name: me.name || me.login })}
            icon={<UserRound aria-hidden size={16} />}
          />
        }
        heading={t("frame.signedInAs", { login: me.login })}
        choices={[
          {
            id: "password",
            text: t("password.change"),
            icon: <KeyRound aria-hidden size={16} />,
            onChoose: () => setChanging(true),
          },
          { id: "out", text: t("frame.signOut"), icon: <LogOut aria-hidden size={16} />, onChoose: signOut },
        ]}
      />
      {changing ? <PasswordDialog onClose={() => setChanging(false)} /> : null}
    </header>
  );
}

/** Light, dark, or as the system has it. */
export function ThemeMenu() {
  const { t } = useTranslation();
  const theme = useTheme();
  const Icon = themeIcons[theme];
  const words = { light: t("frame.themeLight"), dark: t("frame.themeDark"), system: t("frame.themeSystem") };
  return (
    <Menu
      label={t("frame.theme")}
      trigger={<IconButton label={t("frame.theme")} icon={<Icon aria-hidden size={16} />} />}
      choices={(["light", "dark", "system"] as const).map((id) => ({
        id,
        text: words[id],
        icon: <Check aria-hidden size={14} className={id === theme ? "text-accent-ink" : "invisible"} />,
        checked: id === theme,
        onChoose: () => chooseTheme(id),
      }))}
    />
  );
}
