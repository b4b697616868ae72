// SPDX-License-Identifier: Apache-2.0

import { useId, useState } from "react";
import { Checkbox } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { serverNow } from "@/api/clock";
import type { ApiKeyShown } from "@/api/people";
import { Problem } from "@/api/problem";
import { useMe } from "@/api/session";
import { Button } from "@/ui/Button";
import { ChipSwitch } from "@/ui/Chip";
import { cx } from "@/ui/cx";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { useRightName } from "@/ui/rightName";
import { Select } from "@/ui/Select";
import { fault } from "@/ui/style";
import { useCreateKey } from "./queries";

const dayMs = 24 * 3_600_000;
const lives = ["30", "90", "365", "never"] as const;

/** Makes a key: for what, with which rights, until when. */
export function KeyDialog({
  onClose,
  onCreated,
}: {
  onClose: () => void;
  onCreated: (key: ApiKeyShown) => void;
}) {
  const { t } = useTranslation();
  const { rights } = useMe();
  const form = useId();
  const [name, setName] = useState("");
  const [life, setLife] = useState<string>("365");
  const [everything, setEverything] = useState(true);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const create = useCreateKey();
  const nameOf = useRightName();
  const problem = create.error instanceof Problem ? create.error : null;
  const submit = () =>
    create.mutate(
      {
        name,
        rights: everything ? null : chosen,
        expiresAt: life === "never" ? null : new Date(serverNow() + Number(life) * dayMs).toISOString(),
      },
      {
        onSuccess: (made) => {
          onClose();
          onCreated(made);
        },
      },
    );
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" type="submit" form={form} isPending={create.isPending}>
        {t("keys.add")}
      </Button>
    </>
  );
  return (
    <Dialog open wide onClose={onClose} title={t("keys.add")} actions={actions}>
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field
          label={t("keys.name")}
          help={t("keys.nameHelp")}
          value={name}
          onChange={setName}
          error={problem?.field("name")}
          required
          autoFocus
        />
        <Select
          label={t("keys.life")}
          value={life}
          onChange={setLife}
          choices={lives.map((id) => ({ id, text: t(`keys.life_${id}`) }))}
          error={problem?.field("expiresAt")}
        />
        <div className="flex flex-col items-start gap-2">
          <ChipSwitch label={t("keys.allRights")} value={everything} onChange={setEverything} />
          {everything ? null : (
            <ul className="grid w-full gap-x-4 sm:grid-cols-2">
              {rights.map((right) => (
                <li key={right}>
                  <Checkbox
                    isSelected={chosen.includes(right)}
                    onChange={(on) => setChosen(on ? [...chosen, right] : chosen.filter((r) => r !== right))}
                    className="ring-focus flex items-start gap-2 rounded-box py-1"
                  >
                    {({ isSelected }) => (
                      <>
                        <span
                          aria-hidden
                          className={cx(
                            "mt-0.5 size-4 shrink-0 rounded-box border",
                            isSelected ? "border-accent bg-accent" : "border-line-strong",
                          )}
                        />
                        <span className="min-w-0">
                          <span className="block">{nameOf(right, right)}</span>
                          <code className="block font-mono text-12 text-ink-faint">{right}</code>
                        </span>
                      </>
                    )}
                  </Checkbox>
                </li>
              ))}
            </ul>
          )}
        </div>
        <div role="alert" className={fault}>
          {create.isError ? create.error.message || t("error.unreachableText") : null}
        </div>
      </form>
    </Dialog>
  );
}
