// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SipAccount } from "@/api/administration";
import { useMe } from "@/api/session";
import { Badge } from "@/ui/Badge";
import { AccountDialog } from "./AccountDialog";
import { List, More } from "./List";
import { accountsQuery } from "./queries";
import { RevealDialog } from "./RevealDialog";

/** The accounts by which hotlines are registered. */
export function Accounts() {
  const { t } = useTranslation();
  const { rights } = useMe();
  const writes = rights.includes("sip.write");
  const [search, setSearch] = useState("");
  const [deleted, setDeleted] = useState(false);
  const [edited, setEdited] = useState<SipAccount | "new" | null>(null);
  const [revealed, setRevealed] = useState<SipAccount | null>(null);
  const query = useInfiniteQuery(accountsQuery(search, deleted));
  const row = (account: SipAccount) => (
    <tr key={account._id} className="border-t border-line">
      <td className="py-2 pe-4">
        <bdi className={account.deleted ? "tabular text-ink-faint line-through" : "tabular font-strong"}>
          {account._id}
        </bdi>
      </td>
      <td className="py-2 pe-4 font-mono text-12 wrap-anywhere">{account.domain}</td>
      <td className="py-2 pe-4 font-mono text-12 max-sm:hidden">{account.extension}</td>
      <td className="py-2 pe-4 font-mono text-12 max-sm:hidden">{account.proxy}</td>
      <td className="py-2 pe-4">
        {account.passwordSet ? t("sip.kept") : <Badge tone="waiting">{t("sip.missing")}</Badge>}
      </td>
      <td className="py-2 text-end">
        <More
          kind="accounts"
          id={account._id}
          name={account._id}
          deleted={account.deleted}
          writes={writes}
          onEdit={() => setEdited(account)}
          more={
            account.passwordSet && rights.includes("sip.reveal")
              ? [{ id: "reveal", text: t("sip.reveal"), onChoose: () => setRevealed(account) }]
              : []
          }
        />
      </td>
    </tr>
  );
  return (
    <>
      <List
        kind="accounts"
        search={search}
        onSearch={setSearch}
        deleted={deleted}
        onDeleted={setDeleted}
        query={query}
        columns={[
          { text: t("sip.number") },
          { text: t("sip.domain") },
          { text: t("sip.extension"), minor: true },
          { text: t("sip.proxy"), minor: true },
          { text: t("sip.password") },
        ]}
        row={row}
        onAdd={writes ? () => setEdited("new") : undefined}
      />
      {edited ? (
        <AccountDialog account={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      ) : null}
      {revealed ? <RevealDialog account={revealed} onClose={() => setRevealed(null)} /> : null}
    </>
  );
}
