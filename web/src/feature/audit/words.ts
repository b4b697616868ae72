// SPDX-License-Identifier: Apache-2.0

import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEntry } from "@/api/people";

/** What was done, in the reader's language; a part that has no words yet stands as the server says it. */
export function useActionName(): (action: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (action: string) => {
      const [kind = "", verb = ""] = action.split(".");
      // Which actions there are the server says, so no type here could list them.
      const words: string[] = [
        t(`audit.kind.${kind}` as never, { defaultValue: kind }),
        t(`audit.verb.${verb}` as never, { defaultValue: verb }),
      ];
      return words.filter(Boolean).join(" · ");
    },
    [t],
  );
}

/** Names of agents by their ids. */
export type Names = ReadonlyMap<string, string>;

/** What it was done to, by its name where one is known; else as the trail says it. */
export function objectName(entry: AuditEntry, names: Names): string {
  const [kind = "", id = ""] = entry.object.split("/");
  const known = nameIn(entry.after) || nameIn(entry.before) || names.get(id);
  if (known) {
    return known;
  }
  return kind === "agent" && id === entry.actor.id ? entry.actor.name : entry.object;
}

function nameIn(value: unknown): string {
  if (typeof value !== "object" || value === null) {
    return "";
  }
  const said: Record<string, unknown> = { ...value };
  const text = (member: string) => (typeof said[member] === "string" ? said[member] : "");
  // The members of a contact are in the trail as the log writes them.
  const first = text("firstName") || text("first_name");
  const last = text("lastName") || text("last_name");
  const person = `${first} ${last}`.trim();
  return (
    text("name") ||
    person ||
    ["header", "text", "number", "phone", "to", "login"].map(text).find(Boolean) ||
    ""
  );
}
