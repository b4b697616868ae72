// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, Tags } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Contact } from "@/api/contacts";
import { Button } from "@/ui/Button";
import { Menu } from "@/ui/Menu";
import { toast } from "@/ui/Toast";
import { groupsQuery, usePutIntoGroup } from "./groups";

/** The lists that a contact is in, and the way into others. */
export function InGroups({ contact, writes }: { contact: Contact; writes: boolean }) {
  const { t } = useTranslation();
  const query = useQuery(groupsQuery);
  const put = usePutIntoGroup();
  const lists = (query.data ?? []).filter(({ kind }) => kind === "list");
  const inside = new Set(lists.filter((g) => g.contactList.includes(contact._id)).map(({ _id }) => _id));
  return (
    <div className="flex flex-col items-start gap-1">
      {lists
        .filter(({ _id }) => inside.has(_id))
        .map(({ _id, name }) => (
          <Link
            key={_id}
            to="/contacts"
            search={{ group: _id }}
            className="ring-focus rounded-box wrap-anywhere text-accent-ink underline"
          >
            <bdi>{name}</bdi>
          </Link>
        ))}
      {writes && lists.length > 0 ? (
        <Menu
          label={t("groups.change")}
          trigger={
            <Button small icon={<Tags aria-hidden size={14} />} isPending={put.isPending}>
              {t("groups.change")}
            </Button>
          }
          choices={lists.map(({ _id, name }) => ({
            id: _id,
            text: name,
            icon: (
              <Check aria-hidden size={14} className={inside.has(_id) ? "text-accent-ink" : "invisible"} />
            ),
            checked: inside.has(_id),
            onChoose: () =>
              put.mutate(
                { id: _id, contact: contact._id, into: !inside.has(_id) },
                { onError: (error) => toast(error.message || t("error.unreachableText"), { bad: true }) },
              ),
          }))}
        />
      ) : null}
      {lists.length === 0 ? (
        <Link to="/contacts/groups" className="ring-focus rounded-box text-12 text-accent-ink underline">
          {writes ? t("groups.first") : t("groups.title")}
        </Link>
      ) : null}
    </div>
  );
}
