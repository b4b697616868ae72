// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Delivery, Endpoint } from "@/api/integrations";
import { Button } from "@/ui/Button";
import { Moment } from "@/ui/Moment";
import { Sheet } from "@/ui/Sheet";
import { toast } from "@/ui/Toast";
import { DeliveryState } from "./DeliveryLog";
import { ExchangeView } from "./ExchangeView";
import { useResend } from "./queries";

export interface DeliverySheetProps {
  readonly endpoint: Endpoint;
  readonly delivery: Delivery;
  readonly writes: boolean;
  readonly onClose: () => void;
}

/** One event for one system: what was sent, and what came back. */
export function DeliverySheet({ endpoint, delivery, writes, onClose }: DeliverySheetProps) {
  const { t } = useTranslation();
  const resend = useResend(endpoint._id);
  const may = writes && endpoint.enabled && delivery.origin !== "test";
  const header = (
    <>
      <h2 className="flex flex-wrap items-center gap-2 text-18 font-strong">
        <code className="font-mono">{delivery.type}</code> <DeliveryState delivery={delivery} />
      </h2>
      <p className="text-12 break-all text-ink-muted">{delivery.stream}</p>
    </>
  );
  return (
    <Sheet label={t("integrations.delivery")} subject={String(delivery.id)} onClose={onClose} header={header}>
      <div className="flex flex-col gap-4 px-4 py-3">
        <dl className="grid grid-cols-[minmax(112px,max-content)_minmax(0,1fr)] gap-x-3 gap-y-1">
          <Fact label={t("integrations.created")}>
            {delivery.createdAt ? <Moment at={delivery.createdAt} precise /> : null}
          </Fact>
          <Fact label={t("integrations.origin")}>{t(`integrations.origin_${delivery.origin}`)}</Fact>
          <Fact label={t("integrations.attempts")}>{delivery.attempts}</Fact>
          {delivery.nextAttemptAt ? (
            <Fact label={t("integrations.next")}>
              <Moment at={delivery.nextAttemptAt} precise />
            </Fact>
          ) : null}
          {delivery.error ? <Fact label={t("integrations.error")}>{delivery.error}</Fact> : null}
          <Fact label="webhook-id">
            <code className="font-mono text-12 break-all">{delivery.webhookId}</code>
          </Fact>
        </dl>
        {may ? (
          <Button
            onPress={() =>
              resend.mutate(delivery.id, {
                onSuccess: () => toast(t("integrations.resent")),
                onError: (error) => toast(error.message, { bad: true }),
              })
            }
            isPending={resend.isPending}
          >
            {t("integrations.resend")}
          </Button>
        ) : null}
        {(delivery.exchanges ?? []).map((exchange, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change places.
          <ExchangeView key={index} exchange={exchange} />
        ))}
        {delivery.exchanges?.length ? null : (
          <p className="text-12 text-ink-faint">{t("integrations.nothingSaid")}</p>
        )}
      </div>
    </Sheet>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
