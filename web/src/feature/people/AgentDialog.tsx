// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AgentAccount, AgentChange } from "@/api/people";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { LinkDialog } from "./LinkDialog";
import { rolesQuery, useSaveAgent } from "./queries";

const devices = ["sip", "browser", "phone"] as const;

/** Adds an agent, who is then invited by a link; or changes one. */
export function AgentDialog({ agent, onClose }: { agent: AgentAccount | null; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const roles = useQuery(rolesQuery);
  const save = useSaveAgent();
  const [added, setAdded] = useState<AgentAccount | null>(null);
  const [words, setWords] = useState({
    name: agent?.name ?? "",
    login: agent?.login ?? "",
    email: agent?.email ?? "",
    extension: agent?.extension ?? "",
    idSip: agent?.idSip ?? "",
    queues: (agent?.queues ?? []).join(" "),
  });
  const [role, setRole] = useState(agent?.role ?? "agent");
  const [device, setDevice] = useState<AgentChange["device"]>(agent?.device ?? "sip");
  const problem = save.error instanceof Problem ? save.error : null;
  if (added) {
    return <LinkDialog agent={added} kind="invitation" onClose={onClose} />;
  }
  const field = (name: keyof typeof words) => ({
    label: t(`people.${name}`),
    value: words[name],
    onChange: (value: string) => setWords({ ...words, [name]: value }),
    error: problem?.field(name),
  });
  const submit = () => {
    const { queues, ...rest } = words;
    const change = { ...rest, role, device, queues: queues.split(/[\s,;]+/).filter(Boolean) };
    save.mutate(
      { id: agent?._id ?? null, change },
      {
        onSuccess: (saved) => {
          if (agent) {
            toast(t("people.saved", { name: saved.name }));
            onClose();
          } else {
            setAdded(saved);
          }
        },
      },
    );
  };
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {agent ? t("ui.save") : t("people.addAndInvite")}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={agent ? t("people.edit") : t("people.add")} actions={actions}>
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Field {...field("name")} autoFocus />
          <Field {...field("login")} required autoComplete="off" mono />
          <Field {...field("email")} help={t("people.emailHelp")} />
          <Select
            label={t("people.role")}
            value={role}
            onChange={setRole}
            choices={(roles.data?.items ?? []).map(({ _id, name, description }) => ({
              id: _id,
              text: name,
              detail: description,
            }))}
            error={problem?.field("role")}
          />
          <Field {...field("extension")} help={t("people.extensionHelp")} mono />
          <Select
            label={t("people.device")}
            value={device}
            onChange={(id) => setDevice(id as AgentChange["device"])}
            choices={devices.map((id) => ({ id, text: t(`people.device_${id}`) }))}
            error={problem?.field("device")}
          />
          <Field {...field("queues")} help={t("people.queuesHelp")} mono />
          <Field {...field("idSip")} help={t("people.idSipHelp")} mono />
        </div>
        <div role="alert" className={fault}>
          {save.isError ? <p>{save.error.message || t("error.unreachableText")}</p> : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
    </Dialog>
  );
}
