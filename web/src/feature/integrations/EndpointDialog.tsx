// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Endpoint, Template } from "@/api/integrations";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { integratorsQuery, useSaveEndpoint } from "./queries";
import { SchemaFields } from "./SchemaFields";
import { SystemDialog } from "./SystemDialog";
import { type Draft, draftOf, NotJSON, settingsOf } from "./schema";
import { TemplateChoice } from "./TemplateChoice";
import { useTemplateWords } from "./words";

export interface EndpointDialogProps {
  /** Null to make one. */
  readonly endpoint: Endpoint | null;
  readonly templates: readonly Template[];
  readonly onClose: () => void;
  readonly onSaved?: (saved: Endpoint) => void;
}

/** Connects another system: first what kind of, then where and how. */
export function EndpointDialog({ endpoint, templates, onClose, onSaved }: EndpointDialogProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(endpoint?.template ?? "");
  const template = templates.find(({ _id }) => _id === chosen);
  if (!template) {
    return (
      <Dialog open onClose={onClose} title={t("integrations.add")} wide>
        <TemplateChoice templates={templates} onChoose={setChosen} />
      </Dialog>
    );
  }
  const back = endpoint ? null : () => setChosen("");
  return (
    <EndpointForm
      key={template._id}
      endpoint={endpoint}
      template={template}
      onBack={back}
      onClose={onClose}
      onSaved={onSaved}
    />
  );
}

interface FormProps {
  readonly endpoint: Endpoint | null;
  readonly template: Template;
  readonly onBack: (() => void) | null;
  readonly onClose: () => void;
  readonly onSaved: ((saved: Endpoint) => void) | undefined;
}

function EndpointForm({ endpoint, template, onBack, onClose, onSaved }: FormProps) {
  const { t } = useTranslation();
  const form = useId();
  const words = useTemplateWords(template);
  const systems = useQuery(integratorsQuery);
  const [name, setName] = useState(endpoint?.name ?? words.name);
  const [url, setUrl] = useState(endpoint?.url ?? "");
  const [integrator, setIntegrator] = useState(endpoint?.integrator ?? "");
  const [events, setEvents] = useState((endpoint?.events ?? []).join(" "));
  const [filter, setFilter] = useState(endpoint?.filter ?? "");
  const [draft, setDraft] = useState<Draft>(() => draftOf(template.settingsSchema, endpoint?.settings ?? {}));
  const [bad, setBad] = useState("");
  const [addingSystem, setAddingSystem] = useState(false);
  const save = useSaveEndpoint();
  const problem = save.error instanceof Problem ? save.error : null;
  const faultOf = (field: string) => problem?.fields.find((f) => f.name.startsWith(`body.${field}`))?.detail;

  const submit = () => {
    setBad("");
    try {
      const change = {
        name: name.trim(),
        template: template._id,
        integrator,
        url: url.trim(),
        events: events.split(/[\s,]+/).filter(Boolean),
        filter: filter.trim(),
        settings: settingsOf(template.settingsSchema, draft),
        enabled: endpoint?.enabled ?? true,
      };
      save.mutate(
        { id: endpoint?._id ?? "", change },
        {
          onSuccess: (saved) => {
            toast(t("integrations.saved", { name: saved.name }));
            onClose();
            onSaved?.(saved);
          },
        },
      );
    } catch (error) {
      if (!(error instanceof NotJSON)) {
        throw error;
      }
      setBad(error.setting);
    }
  };
  const actions = (
    <>
      {onBack ? <Button onPress={onBack}>{t("integrations.back")}</Button> : null}
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {endpoint ? t("ui.save") : t("integrations.connect")}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={endpoint ? t("integrations.edit") : words.name}
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
        <p className="text-ink-muted">{words.description}</p>
        <Field
          label={t("integrations.name")}
          value={name}
          onChange={setName}
          error={faultOf("name")}
          required
        />
        <Field
          label={t("integrations.url")}
          help={t(`integrations.urlHelp_${template.action}`)}
          type="url"
          value={url}
          onChange={setUrl}
          error={faultOf("url")}
          placeholder="https://"
          required
          autoFocus
          mono
        />
        <div className="flex items-start gap-2">
          <div className="min-w-0 grow">
            <Select
              label={
                template.auth === "integrator" ? t("integrations.systemNeeded") : t("integrations.system")
              }
              help={t("integrations.systemHelp")}
              value={integrator}
              onChange={setIntegrator}
              error={faultOf("integrator")}
              choices={[
                { id: "", text: t("ui.none") },
                ...(systems.data?.items ?? []).map((system) => ({
                  id: system._id,
                  text: system.name,
                  detail: system.baseUrl,
                })),
              ]}
            />
          </div>
          <div className="pt-5">
            <Button onPress={() => setAddingSystem(true)}>{t("integrations.addSystem")}</Button>
          </div>
        </div>
        <SchemaFields
          template={template}
          draft={draft}
          onChange={setDraft}
          faultOf={(setting) =>
            setting === bad ? t("integrations.notJSON") : (faultOf(`settings.${setting}`) ?? undefined)
          }
        />
        <Field
          label={t("integrations.events")}
          help={t("integrations.eventsHelp", { events: template.events.join(" ") })}
          value={events}
          onChange={setEvents}
          error={faultOf("events")}
          placeholder={template.events.join(" ")}
          mono
        />
        <Field
          label={t("integrations.filter")}
          help={t("integrations.filterHelp")}
          value={filter}
          onChange={setFilter}
          error={faultOf("filter")}
          placeholder={template.filter || 'call.queue.number == "900"'}
          mono
        />
        <div role="alert" className={fault}>
          {save.isError ? (
            <p>{faultOf("settings") ?? (save.error.message || t("error.unreachableText"))}</p>
          ) : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
      {addingSystem ? (
        <SystemDialog
          system={null}
          onClose={() => setAddingSystem(false)}
          onSaved={({ _id }) => setIntegrator(_id)}
        />
      ) : null}
    </Dialog>
  );
}
