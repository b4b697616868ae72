// SPDX-License-Identifier: Apache-2.0

import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { InboxItem } from "@/api/types";
import { bytes, pretty } from "@/format/text";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Confirm } from "@/ui/Dialog";
import { Moment, useClock } from "@/ui/Moment";
import { Sheet } from "@/ui/Sheet";
import { toast } from "@/ui/Toast";
import { connectorName, useDeleteItem, useReprocess } from "./queries";

const shownBytesMax = 16 * 1024;

export interface InboxSheetProps {
  readonly item: InboxItem;
  readonly writes: boolean;
  readonly onClose: () => void;
}

/** One thing that could not be understood, as it came. */
export function InboxSheet({ item, writes, onClose }: InboxSheetProps) {
  const { t } = useTranslation();
  const { locale } = useClock();
  const reprocess = useReprocess();
  const remove = useDeleteItem();
  const [asked, setAsked] = useState(false);
  const again = () =>
    reprocess.mutate(item.id, {
      onSuccess: (result) => toast(t("inbox.result", { ...result }), { bad: result.failed > 0 }),
      onError: (error) => toast(error.message, { bad: true }),
    });
  const header = (
    <>
      <h2 className="text-18 font-strong text-balance">{item.reason}</h2>
      <p className="text-12 text-ink-muted">
        <Moment at={item.receivedAt} /> {connectorName(item)}
      </p>
    </>
  );
  return (
    <Sheet label={t("inbox.item")} subject={String(item.id)} onClose={onClose} header={header}>
      <div className="flex flex-col gap-4 px-4 py-3">
        <dl className="grid grid-cols-[minmax(112px,max-content)_minmax(0,1fr)] gap-x-3 gap-y-1">
          <Fact label={t("inbox.from")}>{connectorName(item) || t("inbox.unknownSource")}</Fact>
          <Fact label={t("inbox.path")}>
            <code className="font-mono text-12 break-all">{item.path}</code>
          </Fact>
          <Fact label={t("inbox.answered")}>{item.status}</Fact>
          <Fact label={t("inbox.type")}>{item.contentType || t("ui.none")}</Fact>
          <Fact label={t("inbox.size")}>{bytes(item.size, locale)}</Fact>
          {item.reprocessedAt ? (
            <Fact label={t("inbox.status")}>
              {t("inbox.doneShort")} <Moment at={item.reprocessedAt} />
            </Fact>
          ) : null}
        </dl>
        <section>
          <h3 className="flex items-center justify-between text-12 font-strong text-ink-muted">
            {t("inbox.body")}
            <CopyButton text={item.body} label={t("ui.copy")} />
          </h3>
          <pre
            dir="ltr"
            className="mt-1 rounded-box bg-sunken p-3 font-mono text-12 break-words whitespace-pre-wrap text-ink-muted"
          >
            {pretty(item.body)}
          </pre>
          {item.bodyEncoding === "base64" ? (
            <p className="mt-1 text-12 text-ink-faint">{t("inbox.bodyBase64")}</p>
          ) : null}
          {item.size > shownBytesMax ? (
            <p className="mt-1 text-12 text-ink-faint">{t("inbox.bodyCut")}</p>
          ) : null}
        </section>
        {writes ? (
          <div className="flex gap-2">
            {item.reprocessedAt ? null : (
              <Button look="primary" onPress={again} isPending={reprocess.isPending}>
                {t("inbox.reprocess")}
              </Button>
            )}
            <Button look="danger" onPress={() => setAsked(true)}>
              {t("inbox.delete")}
            </Button>
          </div>
        ) : null}
      </div>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("inbox.deleteConfirm")}
        text={t("inbox.deleteText")}
        act={t("inbox.delete")}
        pending={remove.isPending}
        onAct={() =>
          remove.mutate(item.id, {
            onSuccess: () => {
              toast(t("inbox.deleted"));
              onClose();
            },
            onError: (error) => toast(error.message, { bad: true }),
            onSettled: () => setAsked(false),
          })
        }
      />
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
