// SPDX-License-Identifier: Apache-2.0

import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { Button, IconButton } from "../Button";
import { ConnectionMark, LostBanner, ReturnedBanner } from "../ConnectionBanner";
import { Confirm, Dialog } from "../Dialog";
import { Menu } from "../Menu";
import { Sheet } from "../Sheet";
import { Skeleton, SkeletonRows } from "../Skeleton";
import { EmptyState, ErrorState, NoRight, PartialNote } from "../State";
import { ToastNote, toast } from "../Toast";

const opened = Date.now();
const broken = new Problem(500, "internal", "Something went wrong on our side.", "01930f3e-9c1d-7cc0");
const away = new Problem(0, "unreachable", "");

export function Floating() {
  const { t } = useTranslation();
  const [shown, setShown] = useState<"dialog" | "confirm" | "sheet" | null>(null);
  const close = () => setShown(null);
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button onPress={() => setShown("dialog")}>{t("gallery.dialog")}</Button>
      <Button onPress={() => setShown("confirm")}>{t("gallery.confirm")}</Button>
      <Button onPress={() => setShown("sheet")}>{t("gallery.sheet")}</Button>
      <Button onPress={() => toast(t("ui.copied"))}>{t("gallery.toast")}</Button>
      <Menu
        label={t("ui.more")}
        trigger={<IconButton label={t("ui.more")} icon={<Ellipsis aria-hidden size={16} />} />}
        choices={[
          { id: "edit", text: t("ui.edit"), onChoose: () => {} },
          { id: "off", text: t("routing.moveUp"), disabled: true, onChoose: () => {} },
          { id: "delete", text: t("ui.delete"), danger: true, onChoose: () => {} },
        ]}
      />
      <Dialog
        open={shown === "dialog"}
        onClose={close}
        title={t("gallery.dialog")}
        actions={<Button onPress={close}>{t("ui.close")}</Button>}
      >
        <p>{t("gallery.sample")}</p>
      </Dialog>
      <Confirm
        open={shown === "confirm"}
        onClose={close}
        title={t("inbox.deleteConfirm")}
        text={t("inbox.deleteText")}
        act={t("ui.delete")}
        onAct={close}
      />
      {shown === "sheet" ? (
        <Sheet
          label={t("gallery.sheet")}
          subject="sample"
          onClose={close}
          header={<p>{t("gallery.sheet")}</p>}
        >
          <p className="p-4">{t("gallery.sample")}</p>
        </Sheet>
      ) : null}
    </div>
  );
}

export function Feedback() {
  const { t } = useTranslation();
  const frame = "rounded-box border border-line";
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap gap-3">
        <ConnectionMark connection={{ phase: "connecting" }} />
        <ConnectionMark connection={{ phase: "live" }} />
        <ConnectionMark connection={{ phase: "lost", since: opened, attempt: 1, retryAt: opened }} />
        <ConnectionMark connection={{ phase: "ended", why: "stopped" }} />
      </div>
      <LostBanner since={opened} onRetry={() => {}} />
      <ReturnedBanner calls={14} onDismiss={() => {}} />
      <ReturnedBanner calls={0} onDismiss={() => {}} />
      <PartialNote>{t("live.partial")}</PartialNote>
      <div className="flex flex-wrap gap-3">
        <ToastNote text={t("connect.saved", { name: "vendor" })} bad={false} onDismiss={() => {}} />
        <ToastNote text={t("ui.copyFailed")} bad onDismiss={() => {}} />
      </div>
      <div className="grid gap-4 md:grid-cols-2">
        <div className={frame}>
          <EmptyState
            title={t("calls.empty")}
            text={t("calls.emptyText")}
            action={<Button look="primary">{t("live.emptyAction")}</Button>}
            example="curl http://127.0.0.1:8080/healthz"
          />
        </div>
        <div className={frame}>
          <ErrorState error={broken} onRetry={() => {}} />
        </div>
        <div className={frame}>
          <ErrorState error={away} onRetry={() => {}} />
        </div>
        <div className={frame}>
          <NoRight />
        </div>
      </div>
      <div className={frame}>
        <SkeletonRows rows={3} />
        <Skeleton className="m-4 h-16" />
      </div>
    </div>
  );
}
