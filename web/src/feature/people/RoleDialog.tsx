// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Right, Role } from "@/api/people";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Confirm, Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { useRightName } from "@/ui/rightName";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { groups, nextReach, reachOf, withReach } from "./matrix";
import { useDeleteRole, useSaveRole } from "./queries";
import { Mark } from "./Roles";

export interface RoleDialogProps {
  readonly role: Role | null;
  readonly rights: readonly Right[];
  readonly onClose: () => void;
}

/** Makes a role of rights, or changes one. */
export function RoleDialog({ role, rights, onClose }: RoleDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const [name, setName] = useState(role?.name ?? "");
  const [description, setDescription] = useState(role?.description ?? "");
  const [chosen, setChosen] = useState<string[]>([...(role?.rights ?? ["self.read", "self.write"])]);
  const save = useSaveRole();
  const remove = useDeleteRole();
  const [asked, setAsked] = useState(false);
  const nameOf = useRightName();
  const problem = save.error instanceof Problem ? save.error : null;
  const failed = save.error ?? remove.error;
  const actions = (
    <>
      {role ? (
        <Button look="danger" isPending={remove.isPending} onPress={() => setAsked(true)}>
          {t("people.deleteRole")}
        </Button>
      ) : null}
      <span className="grow" />
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={save.isPending}>
        {role ? t("ui.save") : t("people.addRole")}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={role ? t("people.editRole", { name: role.name }) : t("people.addRole")}
      actions={actions}
    >
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(
            { id: role?._id ?? null, name, description, rights: chosen },
            {
              onSuccess: () => {
                toast(t("people.roleSaved", { name }));
                onClose();
              },
            },
          );
        }}
      >
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Field
            label={t("people.roleName")}
            value={name}
            onChange={setName}
            error={problem?.field("name")}
            required
            autoFocus
          />
          <Field label={t("people.description")} value={description} onChange={setDescription} />
        </div>
        <p className="text-12 text-ink-muted">{t("people.chooseRights")}</p>
        {groups(rights).map(([about, list]) => (
          <ul key={about} className="flex flex-col border-t border-line pt-1">
            {list.map((right) => {
              const reach = reachOf(chosen, right.right);
              return (
                <li key={right.right}>
                  <AriaButton
                    aria-label={`${nameOf(right.right, right.description)}: ${t(`people.reach_${reach}`)}`}
                    onPress={() => setChosen(withReach(chosen, right.right, nextReach(right, reach)))}
                    className="ring-focus flex w-full items-center justify-between gap-3 rounded-box px-2 py-1 text-start data-hovered:bg-hover"
                  >
                    <span className={reach === "none" ? "text-ink-muted" : "font-strong"}>
                      {nameOf(right.right, right.description)}
                    </span>
                    <span className="shrink-0 text-12">
                      {reach === "all" ? t("people.reach_all") : <Mark reach={reach} />}
                    </span>
                  </AriaButton>
                </li>
              );
            })}
          </ul>
        ))}
        <div role="alert" className={fault}>
          {failed ? failed.message || t("error.unreachableText") : null}
        </div>
      </form>
      {role ? (
        <Confirm
          open={asked}
          onClose={() => setAsked(false)}
          title={t("people.deleteRole")}
          text={t("people.deleteRoleText", { name: role.name })}
          act={t("people.deleteRole")}
          onAct={() => {
            setAsked(false);
            remove.mutate(role._id, { onSuccess: onClose });
          }}
        />
      ) : null}
    </Dialog>
  );
}
