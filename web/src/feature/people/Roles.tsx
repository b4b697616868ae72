// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { Check, Pencil, Plus, User } from "lucide-react";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Role } from "@/api/people";
import { useMe } from "@/api/session";
import { Button, IconButton } from "@/ui/Button";
import { useRightName } from "@/ui/rightName";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { groups, inOrder, type Reach, reachOf } from "./matrix";
import { rightsQuery, rolesQuery } from "./queries";
import { RoleDialog } from "./RoleDialog";

/** What each role may do: rights down, roles across. */
export function Roles() {
  const { t } = useTranslation();
  const writes = useMe().rights.includes("role.write");
  const roles = useQuery(rolesQuery);
  const rights = useQuery(rightsQuery);
  const [edited, setEdited] = useState<Role | "new" | null>(null);
  const nameOf = useRightName();
  if (roles.isPending || rights.isPending) return <SkeletonRows rows={12} />;
  if (roles.isError) return <ErrorState error={roles.error} onRetry={() => void roles.refetch()} />;
  if (rights.isError) return <ErrorState error={rights.error} onRetry={() => void rights.refetch()} />;
  const columns = inOrder(roles.data.items);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="max-w-[70ch] text-ink-muted">{t("people.rolesIntro")}</p>
        {writes ? (
          <Button look="primary" icon={<Plus aria-hidden size={16} />} onPress={() => setEdited("new")}>
            {t("people.addRole")}
          </Button>
        ) : null}
      </div>
      <div className="relative overflow-x-auto">
        <table className="text-14">
          <thead>
            <tr>
              <th className="sticky start-0 bg-canvas py-2 pe-4 text-start text-12 text-ink-muted">
                {t("people.right")}
              </th>
              {columns.map((role) => (
                <th key={role._id} className="min-w-28 px-3 py-2 text-center align-bottom font-strong">
                  <span className="flex items-center justify-center gap-1">
                    <bdi>{role.name}</bdi>
                    {writes && !role.builtIn ? (
                      <IconButton
                        small
                        label={t("people.editRole", { name: role.name })}
                        icon={<Pencil aria-hidden size={14} />}
                        onPress={() => setEdited(role)}
                      />
                    ) : null}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups(rights.data.items).map(([about, list]) => (
              <Fragment key={about}>
                {list.map((right, index) => (
                  <tr
                    key={right.right}
                    className={index === 0 ? "border-t border-line-strong" : "border-t border-line"}
                  >
                    <th
                      scope="row"
                      className="sticky start-0 max-w-[46ch] bg-canvas py-1 pe-4 text-start font-regular"
                    >
                      <span className="block">{nameOf(right.right, right.description)}</span>
                      <code className="font-mono text-12 text-ink-faint">{right.right}</code>
                    </th>
                    {columns.map((role) => (
                      <td key={role._id} className="px-3 text-center">
                        <Mark reach={reachOf(role.rights, right.right)} />
                      </td>
                    ))}
                  </tr>
                ))}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
      {edited ? (
        <RoleDialog
          role={edited === "new" ? null : edited}
          rights={rights.data.items}
          onClose={() => setEdited(null)}
        />
      ) : null}
    </div>
  );
}

/** How far a role reaches, as a shape and a word. */
export function Mark({ reach }: { reach: Reach }) {
  const { t } = useTranslation();
  const Icon = reach === "own" ? User : Check;
  return reach === "none" ? (
    <span className="sr-only">{t("people.reach_none")}</span>
  ) : (
    <span className="inline-flex items-center gap-1 text-accent-ink">
      <Icon aria-hidden size={14} />
      <span className={reach === "own" ? "text-12" : "sr-only"}>{t(`people.reach_${reach}`)}</span>
    </span>
  );
}
