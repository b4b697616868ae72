// SPDX-License-Identifier: Apache-2.0

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Ellipsis, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AgentAccount } from "@/api/people";
import { useMe } from "@/api/session";
import { Badge } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { ChipSwitch } from "@/ui/Chip";
import { cx } from "@/ui/cx";
import { Confirm } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Menu } from "@/ui/Menu";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { AgentDialog } from "./AgentDialog";
import { LinkDialog } from "./LinkDialog";
import { agentsQuery, rolesQuery, useDeleteAgent, useRestoreAgent } from "./queries";

/** Columns that telephones have no room for; the dialog has them. */
const minor = new Set(["login", "queues"]);

/** Everybody with a login of this call centre. */
export function Agents() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("agent.write");
  const [search, setSearch] = useState("");
  const [deleted, setDeleted] = useState(false);
  const [edited, setEdited] = useState<AgentAccount | "new" | null>(null);
  const query = useInfiniteQuery(agentsQuery(search, deleted));
  const roles = useQuery(rolesQuery);
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const roleName = (id: string) => roles.data?.items.find((role) => role._id === id)?.name ?? id;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <div className="w-full sm:w-72">
          <Field
            label={t("people.search")}
            hideLabel
            type="search"
            placeholder={t("people.search")}
            value={search}
            onChange={setSearch}
          />
        </div>
        <ChipSwitch label={t("people.deleted")} value={deleted} onChange={setDeleted} />
        <span className="grow" />
        {writes ? (
          <Button look="primary" icon={<Plus aria-hidden size={16} />} onPress={() => setEdited("new")}>
            {t("people.add")}
          </Button>
        ) : null}
      </div>
      {query.isPending ? <SkeletonRows rows={8} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && items.length === 0 ? (
        <EmptyState
          title={t("people.none")}
          action={
            search || deleted ? (
              <Button
                onPress={() => {
                  setSearch("");
                  setDeleted(false);
                }}
              >
                {t("ui.clearFilters")}
              </Button>
            ) : null
          }
        />
      ) : null}
      {items.length > 0 ? (
        <div className="relative overflow-x-auto">
          <table className="w-full text-14">
            <thead className="text-12 text-ink-muted">
              <tr>
                {(["name", "login", "role", "extension", "queues"] as const).map((column) => (
                  <th
                    key={column}
                    className={cx("py-1 pe-4 text-start font-strong", minor.has(column) && "max-sm:hidden")}
                  >
                    {t(`people.${column}`)}
                  </th>
                ))}
                <th>
                  <span className="sr-only">{t("ui.more")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((agent) => (
                <tr key={agent._id} className="border-t border-line">
                  <td className="py-2 pe-4">
                    <span className="flex flex-wrap items-center gap-2">
                      <bdi className={agent.deleted ? "text-ink-faint line-through" : "font-strong"}>
                        {agent.name}
                      </bdi>
                      {agent.deleted || agent.hasPassword ? null : (
                        <Badge tone="waiting">{t("people.invited")}</Badge>
                      )}
                    </span>
                    <span className="block text-12 text-ink-muted">{agent.email}</span>
                  </td>
                  <td className="py-2 pe-4 font-mono text-12 max-sm:hidden">{agent.login}</td>
                  <td className="py-2 pe-4">{roleName(agent.role)}</td>
                  <td className="tabular py-2 pe-4">{agent.extension}</td>
                  <td className="tabular py-2 pe-4 max-sm:hidden">{agent.queues.join(", ")}</td>
                  <td className="py-2 text-end">
                    {writes ? <More agent={agent} onEdit={() => setEdited(agent)} /> : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {query.hasNextPage ? (
        <div>
          <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {t("ui.loadMore")}
          </Button>
        </div>
      ) : null}
      {edited ? (
        <AgentDialog agent={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      ) : null}
    </div>
  );
}

function More({ agent, onEdit }: { agent: AgentAccount; onEdit: () => void }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const [link, setLink] = useState<"invitation" | "password-reset" | null>(null);
  const remove = useDeleteAgent();
  const restore = useRestoreAgent();
  const onError = (error: Error) => toast(error.message, { bad: true });
  const kind = agent.hasPassword ? "password-reset" : "invitation";
  const choices = agent.deleted
    ? [{ id: "restore", text: t("people.restore"), onChoose: () => restore.mutate(agent._id, { onError }) }]
    : [
        { id: "edit", text: t("ui.edit"), onChoose: onEdit },
        {
          id: "link",
          text: agent.hasPassword ? t("people.reset") : t("people.invite"),
          onChoose: () => setLink(kind),
        },
        { id: "delete", text: t("people.delete"), danger: true, onChoose: () => setAsked(true) },
      ];
  return (
    <>
      <Menu
        label={t("people.moreOf", { name: agent.name })}
        trigger={
          <IconButton
            small
            label={t("people.moreOf", { name: agent.name })}
            icon={<Ellipsis aria-hidden size={16} />}
          />
        }
        choices={choices}
      />
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("people.delete")}
        text={t("people.deleteText", { name: agent.name })}
        act={t("people.delete")}
        pending={remove.isPending}
        onAct={() => remove.mutate(agent._id, { onError, onSuccess: () => setAsked(false) })}
      />
      {link ? <LinkDialog agent={agent} kind={link} onClose={() => setLink(null)} /> : null}
    </>
  );
}
