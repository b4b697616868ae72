// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "@/api/administration";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { useErase } from "./queries";

/** Erases a call centre for good, once its slug is typed: a press is too little for that. */
export function EraseDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const { name, slug, uuid } = account;
  const [typed, setTyped] = useState("");
  const erase = useErase(uuid);
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="danger" type="submit" form={form} isDisabled={typed !== slug} isPending={erase.isPending}>
        {t("tenants.erase")}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={t("tenants.eraseOf", { name })} actions={actions}>
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed !== slug) return;
          erase.mutate(slug, {
            onSuccess: () => {
              toast(t("tenants.erased", { name }));
              onClose();
            },
          });
        }}
      >
        <p className="text-ink-muted">{t("tenants.eraseText")}</p>
        <Field
          label={t("tenants.typeSlug", { slug })}
          value={typed}
          onChange={setTyped}
          autoComplete="off"
          autoFocus
          mono
        />
        <div role="alert" className={fault}>
          {erase.isError ? erase.error.message || t("error.unreachableText") : null}
        </div>
      </form>
    </Dialog>
  );
}
