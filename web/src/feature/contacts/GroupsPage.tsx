// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, Ellipsis, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ContactGroup } from "@/api/contacts";
import { useMe } from "@/api/session";
import { figure } from "@/format/number";
import { Button, IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Menu } from "@/ui/Menu";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { GroupDialog } from "./GroupDialog";
import { groupsQuery, useDeleteGroup } from "./groups";

/** Contacts under a name: those that somebody listed, or those that a filter chooses. */
export function GroupsPage() {
  const { t, i18n } = useTranslation();
  const { rights } = useMe();
  const writes = rights.includes("contact.write") || rights.includes("contact.write.own");
  const query = useQuery(groupsQuery);
  const [edited, setEdited] = useState<ContactGroup | "new" | null>(null);
  const groups = query.data ?? [];
  const add = writes ? (
    <Button look="primary" icon={<Plus aria-hidden size={16} />} onPress={() => setEdited("new")}>
      {t("groups.add")}
    </Button>
  ) : null;
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <Link
        to="/contacts"
        className="ring-focus flex items-center gap-1 self-start rounded-box text-12 text-ink-muted hover:text-ink"
      >
        <ChevronLeft aria-hidden size={14} />
        {t("contacts.title")}
      </Link>
      <PageHead title={t("groups.title")} intro={t("groups.intro")}>
        {groups.length > 0 ? add : null}
      </PageHead>
      {query.isPending ? <SkeletonRows rows={6} /> : null}
      {query.isError && !query.data ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {query.data && groups.length === 0 ? (
        <EmptyState title={t("groups.empty")} text={t("groups.emptyText")} action={add} />
      ) : null}
      {groups.length > 0 ? (
        <div className="relative overflow-x-auto">
          <table className="w-full text-14">
            <thead className="text-12 text-ink-muted">
              <tr>
                <th className="py-1 pe-4 text-start font-strong">{t("groups.name")}</th>
                <th className="py-1 pe-4 text-start font-strong">{t("groups.kind")}</th>
                <th className="py-1 pe-4 text-end font-strong max-sm:hidden">{t("groups.contacts")}</th>
                <th className="py-1 pe-4 text-start font-strong max-sm:hidden">{t("groups.seenBy")}</th>
                <th>
                  <span className="sr-only">{t("ui.more")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {groups.map((group) => (
                <tr key={group._id} className="border-t border-line">
                  <td className="py-2 pe-4 wrap-anywhere">
                    <Link
                      to="/contacts"
                      search={{ group: group._id }}
                      className="ring-focus rounded-box font-strong hover:underline"
                    >
                      <bdi>{group.name}</bdi>
                    </Link>
                    <span className="block max-w-[70ch] text-12 text-ink-muted">{group.description}</span>
                  </td>
                  <td className="py-2 pe-4">{t(`groups.kind_${group.kind}`)}</td>
                  <td className="tabular py-2 pe-4 text-end max-sm:hidden">
                    {group.kind === "list" ? figure(group.contactList.length, i18n.language) : null}
                  </td>
                  <td className="py-2 pe-4 max-sm:hidden">
                    {group.shared ? t("groups.everybody") : t("groups.creator")}
                  </td>
                  <td className="py-2 text-end">
                    {writes ? <More group={group} onEdit={() => setEdited(group)} /> : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {edited ? (
        <GroupDialog group={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      ) : null}
    </div>
  );
}

function More({ group, onEdit }: { group: ContactGroup; onEdit: () => void }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const remove = useDeleteGroup();
  const { name } = group;
  return (
    <>
      <Menu
        label={t("groups.moreOf", { name })}
        trigger={
          <IconButton small label={t("groups.moreOf", { name })} icon={<Ellipsis aria-hidden size={16} />} />
        }
        choices={[
          { id: "edit", text: t("ui.edit"), onChoose: onEdit },
          { id: "delete", text: t("groups.delete"), danger: true, onChoose: () => setAsked(true) },
        ]}
      />
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("groups.delete")}
        text={t("groups.deleteText", { name })}
        act={t("groups.delete")}
        pending={remove.isPending}
        onAct={() =>
          remove.mutate(group._id, {
            onError: (error) => toast(error.message || t("error.unreachableText"), { bad: true }),
            onSuccess: () => setAsked(false),
          })
        }
      />
    </>
  );
}
