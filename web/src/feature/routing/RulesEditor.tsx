// SPDX-License-Identifier: Apache-2.0

import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { useMe } from "@/api/session";
import type { RuleSet } from "@/api/types";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Menu } from "@/ui/Menu";
import { EmptyState, RequestID } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { type DraftRule, draftOf, newRule, rulesOf, sameRules } from "./draft";
import { type Preset, presets, rulesQuery, useApplyPreset, useSaveRules } from "./queries";
import { RuleDialog } from "./RuleDialog";
import { RuleList } from "./RuleList";
import { Versions } from "./Versions";

/** Changes gather in a draft and come into force together, so that no call meets half of them. */
export function RulesEditor({
  rules,
  children,
}: {
  rules: RuleSet;
  children: (unsaved: boolean) => ReactNode;
}) {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("routing.write");
  const [base, setBase] = useState(rules);
  const [draft, setDraft] = useState(() => draftOf(rules.items));
  const [edited, setEdited] = useState<DraftRule | null>(null);
  const unsaved = !sameRules(draft, base.items);

  const load = (next: RuleSet) => {
    setBase(next);
    setDraft(draftOf(next.items));
  };
  // Rules saved elsewhere show by themselves, unless there is a draft that they would overwrite.
  if (rules.version !== base.version && !unsaved) {
    load(rules);
  }
  const put = (rule: DraftRule) => {
    const known = draft.some((each) => each.key === rule.key);
    setDraft(known ? draft.map((each) => (each.key === rule.key ? rule : each)) : [...draft, rule]);
    setEdited(null);
  };
  const add = (
    <Button icon={<Plus aria-hidden size={16} />} onPress={() => setEdited(newRule())}>
      {t("routing.add")}
    </Button>
  );
  return (
    <div className="grid items-start gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_360px]">
      <section className="flex min-w-0 flex-col gap-3">
        <div className="flex flex-wrap items-center gap-2">
          <Badge>{t("routing.version", { n: base.version })}</Badge>
          <span className="grow" />
          {writes ? <PresetMenu onApplied={load} /> : null}
          {writes && draft.length > 0 ? add : null}
        </div>
        {draft.length === 0 ? (
          <EmptyState title={t("routing.empty")} text={t("routing.emptyText")} action={writes ? add : null} />
        ) : (
          <RuleList rules={draft} writes={writes} onChange={setDraft} onEdit={setEdited} />
        )}
        {unsaved ? (
          <SaveBar
            base={base}
            draft={draft}
            onSaved={load}
            onDiscard={() => load(rules.version === base.version ? base : rules)}
          />
        ) : null}
        <Versions
          present={base.version}
          onLoad={(earlier) => {
            setDraft(draftOf(earlier.items));
            toast(t("routing.versionLoaded", { n: earlier.version }));
          }}
        />
      </section>
      {children(unsaved)}
      {edited ? <RuleDialog rule={edited} onClose={() => setEdited(null)} onApply={put} /> : null}
    </div>
  );
}

interface SaveBarProps {
  readonly base: RuleSet;
  readonly draft: readonly DraftRule[];
  readonly onSaved: (rules: RuleSet) => void;
  readonly onDiscard: () => void;
}

function SaveBar({ base, draft, onSaved, onDiscard }: SaveBarProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const save = useSaveRules();
  const problem = save.error instanceof Problem ? save.error : null;
  const conflict = problem?.status === 409;
  const act = () =>
    save.mutate(
      { version: base.version, items: rulesOf(draft) },
      {
        onSuccess: async () => {
          const saved = await queries.fetchQuery({ ...rulesQuery, staleTime: 0 });
          onSaved(saved);
          toast(t("routing.saved", { n: saved.version }));
        },
      },
    );
  const theirs = async () => {
    onSaved(await queries.fetchQuery({ ...rulesQuery, staleTime: 0 }));
  };
  return (
    <div className="sticky bottom-2 z-10 flex flex-wrap items-center gap-2 rounded-box bg-surface py-2 ps-4 pe-2 shadow-float">
      <div role="status" className="min-w-0 grow">
        {problem ? (
          <div className="text-12 text-missed-ink">
            <p className="font-strong">{conflict ? t("routing.conflict") : problem.message}</p>
            {conflict ? <p>{t("routing.conflictText")}</p> : null}
            {problem.fields.map((field) => (
              <p key={field.name}>
                {field.name} {field.detail}
              </p>
            ))}
            {conflict || !problem.requestId ? null : <RequestID id={problem.requestId} />}
          </div>
        ) : (
          <p className="text-ink-muted">{t("routing.unsaved", { count: draft.length })}</p>
        )}
      </div>
      {conflict ? (
        <Button onPress={() => void theirs()}>{t("routing.loadTheirs")}</Button>
      ) : (
        <>
          <Button look="quiet" onPress={onDiscard}>
            {t("routing.discard")}
          </Button>
          <Button look="primary" onPress={act} isPending={save.isPending}>
            {t("routing.save")}
          </Button>
        </>
      )}
    </div>
  );
}

function PresetMenu({ onApplied }: { onApplied: (rules: RuleSet) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const apply = useApplyPreset();
  const [asked, setAsked] = useState<Preset | null>(null);
  const act = () => {
    if (asked) {
      apply.mutate(asked, {
        onSuccess: async () => onApplied(await queries.fetchQuery({ ...rulesQuery, staleTime: 0 })),
        onError: (error) => toast(error.message, { bad: true }),
        onSettled: () => setAsked(null),
      });
    }
  };
  return (
    <>
      <Menu
        label={t("routing.presets")}
        trigger={<Button look="quiet">{t("routing.presets")}</Button>}
        choices={presets.map((id) => ({ id, text: t(`routing.preset_${id}`), onChoose: () => setAsked(id) }))}
      />
      <Confirm
        open={asked !== null}
        onClose={() => setAsked(null)}
        title={t("routing.presetConfirm")}
        text={t("routing.presetText")}
        act={t("routing.presetAct")}
        pending={apply.isPending}
        onAct={act}
      />
    </>
  );
}
