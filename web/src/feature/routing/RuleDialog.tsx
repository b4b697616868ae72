// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { When } from "@/api/types";
import { Button } from "@/ui/Button";
import { Combobox } from "@/ui/Combobox";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { HoursFields } from "@/ui/HoursFields";
import { Select } from "@/ui/Select";
import type { DraftRule } from "./draft";
import { groupsQuery, queuesQuery } from "./queries";

const callers = ["any", "known", "new", "withheld"] as const;

export interface RuleDialogProps {
  readonly rule: DraftRule;
  readonly onClose: () => void;
  readonly onApply: (rule: DraftRule) => void;
}

/** One rule: when it applies and where it sends the call. */
export function RuleDialog({ rule, onClose, onApply }: RuleDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const [name, setName] = useState(rule.name);
  const [destination, setDestination] = useState(rule.destination);
  const [when, setWhen] = useState<When>(rule.when);
  const [tried, setTried] = useState(false);
  const queues = useQuery(queuesQuery);
  const groups = useQuery(groupsQuery);
  const set = (part: Partial<When>) => setWhen((before) => ({ ...before, ...part }));

  const submit = () => {
    setTried(true);
    if (name.trim() && destination.trim()) {
      onApply({ ...rule, name: name.trim(), destination: destination.trim(), when });
    }
  };
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form}>
        {t("routing.apply")}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={rule.name ? t("routing.ruleTitle") : t("routing.newRule")}
      actions={actions}
    >
      <form
        id={form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label={t("routing.name")}
            value={name}
            onChange={setName}
            error={tried && !name.trim() ? t("routing.nameMissing") : undefined}
            required
            autoFocus
          />
          <Combobox
            label={t("routing.destination")}
            help={t("routing.destinationHelp")}
            value={destination}
            onChange={setDestination}
            choices={(queues.data?.items ?? []).map((queue) => ({ id: queue.number, text: queue.name }))}
            error={tried && !destination.trim() ? t("routing.destinationMissing") : undefined}
          />
          <Select
            label={t("routing.caller")}
            value={when.caller || "any"}
            onChange={(id) => set({ caller: callers.find((each) => each === id) ?? "any" })}
            choices={callers.map((id) => ({ id, text: t(`routing.caller_${id}`) }))}
          />
          <Select
            label={t("routing.group")}
            value={when.group ?? ""}
            onChange={(group) => set({ group })}
            choices={[
              { id: "", text: t("routing.anyGroup") },
              ...(groups.data?.items ?? []).map((group) => ({ id: group.name, text: group.name })),
            ]}
          />
          <Field
            label={t("routing.callerPattern")}
            help={t("routing.patternHelp")}
            value={when.callerPattern ?? ""}
            onChange={(callerPattern) => set({ callerPattern })}
          />
          <Field
            label={t("routing.calledPattern")}
            help={t("routing.patternHelp")}
            value={when.calledPattern ?? ""}
            onChange={(calledPattern) => set({ calledPattern })}
          />
        </div>
        <HoursFields hours={when.hours ?? null} onChange={(hours) => set({ hours })} />
        <Field
          label={t("routing.expression")}
          help={t("routing.expressionHelp")}
          value={when.expression ?? ""}
          onChange={(expression) => set({ expression })}
          mono
          rows={2}
        />
      </form>
    </Dialog>
  );
}
