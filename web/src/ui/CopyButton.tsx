// SPDX-License-Identifier: Apache-2.0

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "./Button";
import { toast } from "./Toast";

async function copy(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Plain http away from this machine has no clipboard interface; a selection still can be copied.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Puts a text on the clipboard and says so. */
export function CopyButton({ text, label, word }: { text: string; label: string; word?: string }) {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (done) {
      const timer = setTimeout(() => setDone(false), 1_600);
      return () => clearTimeout(timer);
    }
  }, [done]);
  const icon = done ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />;
  const act = () => {
    copy(text).then(
      () => setDone(true),
      () => toast(t("ui.copyFailed"), { bad: true }),
    );
  };
  return word ? (
    <Button icon={icon} onPress={act}>
      {done ? t("ui.copied") : word}
    </Button>
  ) : (
    <IconButton small label={done ? t("ui.copied") : label} icon={icon} onPress={act} />
  );
}
