// SPDX-License-Identifier: Apache-2.0

import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Integrator } from "@/api/integrations";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { fault } from "@/ui/style";
import { ExchangeView } from "./ExchangeView";
import { useLookUp } from "./queries";

/** Asks a system whose a number is, and shows what it said. */
export function LookUp({ system }: { system: Integrator }) {
  const { t } = useTranslation();
  const [number, setNumber] = useState("");
  const ask = useLookUp(system._id);
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        ask.mutate(number);
      }}
    >
      <div className="flex items-end gap-2">
        <div className="grow">
          <Field label={t("integrations.tryNumber")} value={number} onChange={setNumber} type="tel" />
        </div>
        <Button type="submit" isPending={ask.isPending} isDisabled={!number.trim()}>
          {t("integrations.ask")}
        </Button>
      </div>
      {ask.isError ? <p className={fault}>{ask.error.message}</p> : null}
      {ask.data ? (
        <div role="status">
          <p className="mb-2">
            {ask.data.contact
              ? t("integrations.found", { name: ask.data.contact.name || ask.data.contact.id })
              : t("integrations.notFound")}
          </p>
          <ExchangeView exchange={ask.data.exchange} />
        </div>
      ) : null}
    </form>
  );
}
