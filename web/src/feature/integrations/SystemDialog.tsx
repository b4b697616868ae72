// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Integrator } from "@/api/integrations";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { ChipSwitch } from "@/ui/Chip";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { useSaveIntegrator } from "./queries";

const auths = ["none", "bearer", "basic", "header"] as const;
const usualLookup = {
  path: "/contacts?phone={number.e164}",
  idPath: "items.0.id",
  namePath: "items.0.name",
  page: "",
};

export interface SystemDialogProps {
  /** Null to make one. */
  readonly system: Integrator | null;
  readonly onClose: () => void;
  readonly onSaved?: (saved: Integrator) => void;
}

/** A system with its credential, and how it is asked who is calling. */
export function SystemDialog({ system, onClose, onSaved }: SystemDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const [draft, setDraft] = useState({
    name: system?.name ?? "",
    baseUrl: system?.baseUrl ?? "",
    auth: system?.auth ?? ("bearer" as const),
    login: system?.login ?? "",
    header: system?.header ?? "",
    secret: "",
  });
  const [asks, setAsks] = useState(Boolean(system?.lookup));
  const [lookup, setLookup] = useState({ ...usualLookup, ...system?.lookup });
  const save = useSaveIntegrator();
  const problem = save.error instanceof Problem ? save.error : null;
  const set = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const text = (name: "name" | "baseUrl" | "login" | "header") => ({
    label: t(`integrations.system_${name}`),
    value: draft[name],
    onChange: (value: string) => set({ [name]: value }),
    error: problem?.field(name),
  });
  const submit = () => {
    const { secret, ...rest } = draft;
    const change = { ...rest, ...(secret ? { secret } : {}), ...(asks ? { lookup } : {}) };
    save.mutate(
      { id: system?._id ?? "", change },
      {
        onSuccess: (saved) => {
          toast(t("integrations.saved", { name: draft.name }));
          onSaved?.(saved);
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
      title={system ? t("integrations.editSystem") : t("integrations.addSystem")}
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
        <Field {...text("baseUrl")} type="url" placeholder="https://crm.example/api" mono required />
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Select
            label={t("integrations.system_auth")}
            value={draft.auth}
            onChange={(auth) => set({ auth: auth as Integrator["auth"] })}
            choices={auths.map((id) => ({ id, text: t(`integrations.auth_${id}`) }))}
            error={problem?.field("auth")}
          />
          {draft.auth === "basic" ? <Field {...text("login")} autoComplete="off" /> : null}
          {draft.auth === "header" ? <Field {...text("header")} placeholder="X-API-Key" mono /> : null}
          {draft.auth === "none" ? null : (
            <Field
              label={t(`integrations.secret_${draft.auth}`)}
              type="password"
              value={draft.secret}
              onChange={(secret) => set({ secret })}
              error={problem?.field("secret")}
              autoComplete="new-password"
              {...(system?.hasSecret ? { help: t("integrations.secretKeep") } : {})}
            />
          )}
        </div>
        <div className="flex flex-col items-start gap-1">
          <ChipSwitch label={t("integrations.asks")} value={asks} onChange={setAsks} />
          <p className="text-12 text-ink-faint">{t("integrations.asksText")}</p>
        </div>
        {asks ? (
          <div className="grid items-start gap-4 sm:grid-cols-2">
            {(["path", "idPath", "namePath", "page"] as const).map((name) => (
              <Field
                key={name}
                label={t(`integrations.lookup_${name}`)}
                help={t(`integrations.lookupHelp_${name}`)}
                value={lookup[name]}
                onChange={(value) => setLookup({ ...lookup, [name]: value })}
                error={problem?.field(`lookup.${name}`)}
                mono
              />
            ))}
          </div>
        ) : null}
        <div role="alert" className={fault}>
          {save.isError ? <p>{save.error.message || t("error.unreachableText")}</p> : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
    </Dialog>
  );
}
