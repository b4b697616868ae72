// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Template } from "@/api/integrations";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { useSaveTemplate } from "./queries";

const auths = ["signature", "none", "integrator"] as const;
const usual = {
  events: "call.finished",
  mapping: '{"phone": call.theirNumber, "outcome": call.outcome, "team": settings.team}',
  schema: JSON.stringify(
    { type: "object", properties: { team: { type: "string", title: "Team", default: "sales" } } },
    null,
    2,
  ),
};

/** A way of one's own to tell a system. */
export function TemplateDialog({ template, onClose }: { template: Template | null; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const [draft, setDraft] = useState({
    name: template?.name ?? "",
    description: template?.description ?? "",
    events: template?.events.join(" ") ?? usual.events,
    filter: template?.filter ?? "",
    mapping: template?.mapping ?? usual.mapping,
    schema: template ? JSON.stringify(template.settingsSchema, null, 2) : usual.schema,
  });
  const [auth, setAuth] = useState<Template["auth"]>(template?.auth ?? "signature");
  const [bad, setBad] = useState(false);
  const save = useSaveTemplate();
  const problem = save.error instanceof Problem ? save.error : null;
  const faultOf = (field: string) => problem?.fields.find((f) => f.name.startsWith(`body.${field}`))?.detail;
  const text = (name: keyof typeof draft) => ({
    label: t(`integrations.own_${name}`),
    value: draft[name],
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
    error:
      name === "schema" && bad
        ? t("integrations.notJSON")
        : faultOf(name === "schema" ? "settingsSchema" : name),
  });
  const submit = () => {
    let settingsSchema: unknown;
    try {
      settingsSchema = JSON.parse(draft.schema || '{"type":"object"}');
    } catch {
      setBad(true);
      return;
    }
    setBad(false);
    const { schema: _schema, events, ...rest } = draft;
    save.mutate(
      {
        id: template?._id ?? "",
        change: { ...rest, auth, events: events.split(/[\s,]+/).filter(Boolean), settingsSchema },
      },
      {
        onSuccess: () => {
          toast(t("integrations.saved", { name: draft.name }));
          onClose();
        },
      },
    );
  };
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {t("ui.save")}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={template ? t("integrations.editTemplate") : t("integrations.addTemplate")}
      actions={actions}
      wide
    >
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field {...text("name")} required autoFocus />
        <Field {...text("description")} />
        <Field {...text("events")} help={t("integrations.ownHelp_events")} mono />
        <Field {...text("filter")} help={t("integrations.filterHelp")} mono />
        <Field {...text("mapping")} help={t("integrations.ownHelp_mapping")} rows={4} mono />
        <Select
          label={t("integrations.own_auth")}
          value={auth}
          onChange={(id) => setAuth(id as Template["auth"])}
          choices={auths.map((id) => ({ id, text: t(`integrations.ownAuth_${id}`) }))}
        />
        <Field {...text("schema")} help={t("integrations.ownHelp_schema")} rows={6} mono />
        <div role="alert" className={fault}>
          {save.isError ? <p>{save.error.message || t("error.unreachableText")}</p> : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
    </Dialog>
  );
}
