// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Endpoint } from "@/api/integrations";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { control, fault, label } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { useReplay } from "./queries";

const hourMs = 3_600_000;

/** A moment as the browser's own field has it: here and now, without seconds. */
function local(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
}

/** Delivers the events of a time again. */
export function ReplayDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const [from, setFrom] = useState(() => local(Date.now() - hourMs));
  const [to, setTo] = useState(() => local(Date.now()));
  const replay = useReplay(endpoint._id);
  const problem = replay.error instanceof Problem ? replay.error : null;
  const submit = () => {
    const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    replay.mutate(range, {
      onSuccess: () => {
        toast(t("integrations.replayBegun"));
        onClose();
      },
    });
  };
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={replay.isPending} isDisabled={!from || !to}>
        {t("integrations.replayAct")}
      </Button>
    </>
  );
  const fields = [
    { name: "from", value: from, set: setFrom },
    { name: "to", value: to, set: setTo },
  ] as const;
  return (
    <Dialog open onClose={onClose} title={t("integrations.replay")} actions={actions}>
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <p className="text-ink-muted">{t("integrations.replayText")}</p>
        <div className="grid gap-4 sm:grid-cols-2">
          {fields.map(({ name, value, set }) => (
            <label key={name} className={`${label} flex flex-col gap-1`}>
              {t(`integrations.replay_${name}`)}
              <input
                type="datetime-local"
                value={value}
                onChange={(event) => set(event.target.value)}
                required
                className={control}
              />
            </label>
          ))}
        </div>
        <p role="alert" className={fault}>
          {replay.isError ? (problem?.fields[0]?.detail ?? replay.error.message) : ""}
        </p>
      </form>
    </Dialog>
  );
}
