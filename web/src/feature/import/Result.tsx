// SPDX-License-Identifier: Apache-2.0

import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ContactImport } from "@/api/imports";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { toast } from "@/ui/Toast";
import { StateBadge } from "./Earlier";
import { Figures } from "./Figures";
import { useTurn } from "./queries";
import { RowErrors } from "./RowErrors";

const counts = ["created", "changed", "same", "skipped", "invalid"] as const;
const undone = ["removed", "restored", "kept"] as const;

/** What came of an import, and the way back. */
export function Result({ of, onAnother }: { of: ContactImport; onAnother: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const turn = useTurn(of.id);
  const written = of.progress.created + of.progress.changed;
  const go = (to: "resume" | "undo") =>
    turn.mutate(to, {
      onError: (error) =>
        toast(error instanceof Problem ? error.message : t("import.notStarted"), { bad: true }),
      onSettled: () => setAsking(false),
    });
  return (
    <section className="flex flex-col gap-4" aria-live="polite">
      <h2 className="flex flex-wrap items-center gap-2 text-18 font-strong">
        {t(`import.title_${of.state === "done" || of.state === "undone" ? of.state : "stopped"}`, {
          count: written,
        })}
        <StateBadge state={of.state} />
      </h2>
      <p className="text-ink-muted">
        <bdi>{of.fileName}</bdi> {t("import.rows", { count: of.rows })}
        {of.fault ? ` · ${of.fault}` : null}
      </p>
      <Figures
        figures={
          of.state === "undone"
            ? undone.map((word) => ({ id: word, value: of.undo[word], word }))
            : counts.map((word) => ({ id: word, value: of.progress[word], word }))
        }
      />
      {of.state === "undone" ? null : (
        <RowErrors errors={of.errors} total={of.errorsTotal} format={of.format} />
      )}
      <div className="flex flex-wrap gap-2">
        {of.state === "stopped" ? (
          <Button look="primary" isPending={turn.isPending} onPress={() => go("resume")}>
            {t("import.resume")}
          </Button>
        ) : (
          <Button look="primary" onPress={() => void navigate({ to: "/contacts" })}>
            {t("import.showContacts")}
          </Button>
        )}
        <Button onPress={onAnother}>{t("import.another")}</Button>
        {of.state !== "undone" && written > 0 ? (
          <Button look="danger" onPress={() => setAsking(true)}>
            {t("import.undo")}
          </Button>
        ) : null}
      </div>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t("import.undoTitle")}
        text={t("import.undoText")}
        act={t("import.undo")}
        onAct={() => go("undo")}
        pending={turn.isPending}
      />
    </section>
  );
}
