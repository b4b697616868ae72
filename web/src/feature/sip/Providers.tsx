// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SipProvider } from "@/api/administration";
import { useMe } from "@/api/session";
import { List, More } from "./List";
import { ProviderDialog } from "./ProviderDialog";
import { providersQuery } from "./queries";

/** Who rents out the numbers, and what calls cost there. */
export function Providers() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("provider.write");
  const [search, setSearch] = useState("");
  const [deleted, setDeleted] = useState(false);
  const [edited, setEdited] = useState<SipProvider | "new" | null>(null);
  const query = useInfiniteQuery(providersQuery(search, deleted));
  const row = (provider: SipProvider) => (
    <tr key={provider._id} className="border-t border-line">
      <td className="py-2 pe-4">
        <bdi className={provider.deleted ? "text-ink-faint line-through" : "font-strong"}>
          {provider.name}
        </bdi>
        <bdi className="block text-12 text-ink-muted">{provider.firm}</bdi>
      </td>
      <td className="tabular py-2 pe-4">{provider.phone}</td>
      <td className="tabular py-2 pe-4 max-sm:hidden" title={provider.phoneList.join("\n")}>
        {t("sip.numbers", { count: provider.phoneList.length })}
      </td>
      <td className="tabular py-2 pe-4 max-sm:hidden">{provider.innerCost}</td>
      <td className="tabular py-2 pe-4 max-sm:hidden">{provider.outerCost}</td>
      <td className="tabular py-2 pe-4 max-sm:hidden">{provider.currency}</td>
      <td className="py-2 text-end">
        <More
          kind="providers"
          id={provider._id}
          name={provider.name}
          deleted={provider.deleted}
          writes={writes}
          onEdit={() => setEdited(provider)}
        />
      </td>
    </tr>
  );
  return (
    <div className="flex flex-col gap-3">
      {writes ? null : <p className="max-w-[70ch] text-ink-muted">{t("sip.readOnly")}</p>}
      <List
        kind="providers"
        search={search}
        onSearch={setSearch}
        deleted={deleted}
        onDeleted={setDeleted}
        query={query}
        columns={[
          { text: t("sip.name") },
          { text: t("sip.phone") },
          { text: t("sip.phoneList"), minor: true },
          { text: t("sip.innerCost"), minor: true },
          { text: t("sip.outerCost"), minor: true },
          { text: t("sip.currency"), minor: true },
        ]}
        row={row}
        onAdd={writes ? () => setEdited("new") : undefined}
      />
      {edited ? (
        <ProviderDialog provider={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      ) : null}
    </div>
  );
}
