// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { Connector, Dialect } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { useSaveConnector } from "./queries";

const usual = { clockToleranceSeconds: "300", staleAfterSeconds: "14400" };

/** Connects a phone system, or changes one. */
export function ConnectorDialog({
  connector,
  onClose,
}: {
  connector: Connector | null;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const form = useId();
  const [name, setName] = useState(connector?.name ?? "");
  const [dialect, setDialect] = useState<Dialect>(connector?.dialect ?? "delegate");
  const [apiUrl, setApiUrl] = useState(connector?.apiUrl ?? "");
  const [apiUser, setApiUser] = useState(connector?.apiUser ?? "");
  const [apiPassword, setApiPassword] = useState("");
  const [clock, setClock] = useState(String(connector?.clockToleranceSeconds ?? usual.clockToleranceSeconds));
  const [stale, setStale] = useState(String(connector?.staleAfterSeconds ?? usual.staleAfterSeconds));
  const save = useSaveConnector();
  const problem = save.error instanceof Problem ? save.error : null;
  const of = (field: string) => problem?.field(field);

  const submit = () => {
    const change = {
      name: name.trim(),
      dialect,
      apiUrl: apiUrl.trim(),
      apiUser: apiUser.trim(),
      ...(apiPassword ? { apiPassword } : {}),
      clockToleranceSeconds: Number(clock),
      staleAfterSeconds: Number(stale),
    };
    save.mutate(
      { id: connector?.id ?? null, change },
      {
        onSuccess: () => {
          toast(
            connector
              ? t("connect.saved", { name: change.name })
              : t("connect.created", { name: change.name }),
          );
          onClose();
        },
      },
    );
  };
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {connector ? t("ui.save") : t("connect.add")}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={connector ? t("connect.edit") : t("connect.add")} actions={actions}>
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field
          label={t("connect.name")}
          help={t("connect.nameHelp")}
          value={name}
          onChange={setName}
          error={of("name")}
          required
          autoFocus
        />
        <Field
          label={t("connect.apiUrl")}
          help={t("connect.apiUrlHelp")}
          type="url"
          value={apiUrl}
          onChange={setApiUrl}
          error={of("apiUrl")}
        />
        <Select
          label={t("connect.dialect")}
          value={dialect}
          onChange={(id) => setDialect(id as Dialect)}
          error={of("dialect")}
          choices={[
            {
              id: "delegate",
              text: t("connect.dialect_delegate"),
              detail: t("connect.dialect_delegateHelp"),
            },
            {
              id: "call.waiting",
              text: t("connect.dialect_callWaiting"),
              detail: t("connect.dialect_callWaitingHelp"),
            },
          ]}
        />
        <div className="grid items-end gap-4 sm:grid-cols-2">
          <Field
            label={t("connect.apiUser")}
            value={apiUser}
            onChange={setApiUser}
            error={of("apiUser")}
            autoComplete="off"
          />
          <Field
            label={t("connect.apiPassword")}
            type="password"
            value={apiPassword}
            onChange={setApiPassword}
            error={of("apiPassword")}
            autoComplete="new-password"
            {...(connector ? { help: t("connect.apiPasswordKeep") } : {})}
          />
          <Field
            label={t("connect.clock")}
            type="number"
            value={clock}
            onChange={setClock}
            error={of("clockToleranceSeconds")}
          />
          <Field
            label={t("connect.stale")}
            type="number"
            value={stale}
            onChange={setStale}
            error={of("staleAfterSeconds")}
          />
        </div>
        <div role="alert" className={fault}>
          {save.isError ? <p>{save.error.message || t("error.unreachableText")}</p> : null}
          {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
        </div>
      </form>
    </Dialog>
  );
}
