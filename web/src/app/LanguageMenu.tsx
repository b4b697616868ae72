// SPDX-License-Identifier: Apache-2.0

import { Check, Languages } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/Button";
import { Menu } from "@/ui/Menu";
import { toast } from "@/ui/Toast";
import { chooseLanguage } from "./i18n";
import { languageIds, languages } from "./language";

/** The languages, each in its own words, so that who reads no other finds it. */
export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <Menu
      label={t("frame.language")}
      trigger={<IconButton label={t("frame.language")} icon={<Languages aria-hidden size={16} />} />}
      choices={languageIds.map((id) => ({
        id,
        text: languages[id],
        lang: id,
        icon: (
          <Check aria-hidden size={14} className={id === i18n.language ? "text-accent-ink" : "invisible"} />
        ),
        checked: id === i18n.language,
        onChoose: () => void chooseLanguage(id).catch(() => toast(t("error.unreachableText"), { bad: true })),
      }))}
    />
  );
}
