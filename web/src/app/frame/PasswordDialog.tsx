// SPDX-License-Identifier: Apache-2.0

import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";

/** Changes one's own password. Whoever else is signed in with it is signed out. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: () => api.put<unknown>("/api/v1/me/password", { current, password }),
    onSuccess: () => {
      toast(t("password.changed"));
      onClose();
    },
  });
  const problem = change.error instanceof Problem ? change.error : null;
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={change.isPending}>
        {t("password.change")}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={t("password.change")} actions={actions}>
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Field
          label={t("password.current")}
          type="password"
          value={current}
          onChange={setCurrent}
          autoComplete="current-password"
          error={problem?.field("current")}
          autoFocus
          required
        />
        <Field
          label={t("password.next")}
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="new-password"
          help={t("password.help")}
          error={problem?.field("password")}
          required
        />
        <p role="alert" className={fault}>
          {change.isError ? change.error.message || t("error.unreachableText") : null}
        </p>
      </form>
    </Dialog>
  );
}
