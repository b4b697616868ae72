// SPDX-License-Identifier: Apache-2.0

import { ExternalLink, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Pop } from "@/feed/protocol";
import { useLive } from "@/feed/react";
import { IconButton } from "@/ui/Button";

const most = 3;

/** Pages that other systems want this person to see, such as that of the customer who calls. */
export function PopNotes() {
  const { client } = useLive();
  const [pops, setPops] = useState<readonly Pop[]>([]);
  useEffect(
    () =>
      client.on("pop", (pop) => {
        if (pop.window === "tab") {
          // The browser may refuse a tab that no click asked for, and does not say so: the note comes in any case.
          window.open(pop.url, "_blank", "noopener,noreferrer");
        }
        setPops((before) => [...before.filter(({ url }) => url !== pop.url), pop].slice(-most));
      }),
    [client],
  );
  const dismiss = (pop: Pop) => setPops((before) => before.filter((other) => other !== pop));
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed end-4 bottom-16 z-30 flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2 md:bottom-4"
    >
      {pops.map((pop) => (
        <PopNote key={pop.position} pop={pop} onDismiss={() => dismiss(pop)} />
      ))}
    </div>
  );
}

function PopNote({ pop, onDismiss }: { pop: Pop; onDismiss: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="pointer-events-auto flex items-start gap-2 rounded-box border border-accent bg-surface py-2 ps-3 pe-1 shadow-float animate-[enter-up_120ms_var(--ease-out)]">
      <div className="min-w-0 grow">
        <p className="text-12 text-ink-muted">{t("pops.title")}</p>
        <a
          href={pop.url}
          target="_blank"
          rel="noopener noreferrer"
          onClick={onDismiss}
          className="ring-focus flex items-center gap-1 rounded-box font-strong text-accent-ink hover:underline"
        >
          <span className="truncate">{new URL(pop.url).host}</span>
          <ExternalLink aria-hidden size={14} className="shrink-0" />
        </a>
        <p className="truncate font-mono text-12 text-ink-faint">{pop.url}</p>
      </div>
      <IconButton small label={t("ui.dismiss")} icon={<X aria-hidden size={14} />} onPress={onDismiss} />
    </div>
  );
}
