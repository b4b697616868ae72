// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Segmented } from "../Tabs";
import { chooseTheme, themes, useTheme } from "../theme";
import { Actions, Choices, Fields } from "./Controls";
import { DataPieces, Marks } from "./Data";
import { Feedback, Floating } from "./Feedback";

/** Every piece in each of its states. What is not here is not part of the language. */
export function Gallery() {
  const { t } = useTranslation();
  const theme = useTheme();
  const words = { light: t("frame.themeLight"), dark: t("frame.themeDark"), system: t("frame.themeSystem") };
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-[1120px] flex-col gap-8 px-4 py-6">
        <header className="flex flex-wrap items-center justify-between gap-4">
          <div>
            <h1 className="text-28 font-strong">{t("gallery.title")}</h1>
            <p className="text-ink-muted">{t("gallery.intro")}</p>
          </div>
          <div className="w-80 max-w-full">
            <Segmented
              label={t("frame.theme")}
              value={theme}
              onChange={(id) => chooseTheme(themes.find((each) => each === id) ?? "system")}
              choices={themes.map((id) => ({ id, content: words[id] }))}
            />
          </div>
        </header>
        <Section title={t("gallery.type")}>
          <TypeScale />
        </Section>
        <Section title={t("gallery.colour")}>
          <Colours />
        </Section>
        <Section title={t("gallery.states")}>
          <Marks />
        </Section>
        <Section title={t("gallery.actions")}>
          <Actions />
        </Section>
        <Section title={t("gallery.fields")}>
          <Fields />
        </Section>
        <Section title={t("gallery.choices")}>
          <Choices />
        </Section>
        <Section title={t("gallery.data")}>
          <DataPieces />
        </Section>
        <Section title={t("gallery.floating")}>
          <Floating />
        </Section>
        <Section title={t("gallery.feedback")}>
          <Feedback />
        </Section>
      </div>
    </main>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3 border-t border-line pt-4">
      <h2 className="text-18 font-strong">{title}</h2>
      {children}
    </section>
  );
}

function TypeScale() {
  const { t } = useTranslation();
  const sample = t("gallery.sample");
  return (
    <div className="flex flex-col gap-1">
      <p className="text-28 font-strong">{sample}</p>
      <p className="text-18 font-strong">{sample}</p>
      <p className="text-14">{sample}</p>
      <p className="text-12 text-ink-muted">{sample}</p>
      <p className="text-12 text-ink-faint">{sample}</p>
    </div>
  );
}

const swatches = [
  ["bg-canvas", "canvas"],
  ["bg-surface", "surface"],
  ["bg-sunken", "sunken"],
  ["bg-accent", "accent"],
  ["bg-ringing", "ringing"],
  ["bg-waiting", "waiting"],
  ["bg-talking", "talking"],
  ["bg-missed", "missed"],
  ["bg-finished", "finished"],
  ["bg-paused", "paused"],
] as const;

function Colours() {
  return (
    <ul className="grid grid-cols-[repeat(auto-fill,minmax(88px,1fr))] gap-2">
      {swatches.map(([look, name]) => (
        <li key={name} className="text-12 text-ink-muted">
          <span className={`block h-10 rounded-box border border-line ${look}`} />
          {name}
        </li>
      ))}
    </ul>
  );
}
