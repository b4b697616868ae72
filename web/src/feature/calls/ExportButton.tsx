// SPDX-License-Identifier: Apache-2.0

import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { serverNow } from "@/api/clock";
import { figure } from "@/format/number";
import { sortableMoment } from "@/format/time";
import { Button } from "@/ui/Button";
import { useClock } from "@/ui/Moment";
import { saveText } from "@/ui/save";
import { toast } from "@/ui/Toast";
import { exportCalls, exportRowsMax, pagesOf } from "./export";
import type { CallsFilter } from "./query";

/** Saves the list as it is filtered, all of its pages, for a spreadsheet. */
export function ExportButton({ filter }: { filter: CallsFilter }) {
  const { t } = useTranslation();
  const clock = useClock();
  const [rows, setRows] = useState(0);
  const running = useRef<AbortController>(null);
  useEffect(() => () => running.current?.abort(), []);
  const save = useMutation({
    mutationFn: () => {
      setRows(0);
      running.current = new AbortController();
      return exportCalls(t, clock, pagesOf(filter, clock, running.current.signal), setRows);
    },
    onSuccess: ({ text, rows: count, cut }) => {
      saveText(`calls-${sortableMoment(clock, serverNow()).slice(0, 10)}.csv`, "text/csv", text);
      const n = figure(count, clock.locale);
      toast(cut ? t("calls.exportCut", { n }) : t("calls.exported", { count, n }));
    },
    onError: (error) =>
      running.current?.signal.aborted || toast(error.message || t("error.unreachableText"), { bad: true }),
  });
  return (
    <Button
      icon={<Download aria-hidden size={16} />}
      onPress={() => save.mutate()}
      isPending={save.isPending}
      aria-label={t("calls.export")}
    >
      <span className="tabular">
        {save.isPending
          ? t("calls.exporting", { n: figure(Math.min(rows, exportRowsMax), clock.locale) })
          : t("calls.exportShort")}
      </span>
    </Button>
  );
}
