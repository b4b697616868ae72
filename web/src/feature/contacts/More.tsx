// SPDX-License-Identifier: Apache-2.0

import { useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Contact, nameOf } from "@/api/contacts";
import { useMe } from "@/api/session";
import { IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Menu } from "@/ui/Menu";
import { toast } from "@/ui/Toast";
import { type ContactsFilter, exportAddress, useEraseContact } from "./queries";

const formats = ["csv", "vcard", "ndjson"] as const;

/** What else can be done with contacts: duplicates to merge, a number to try, and the list as a file. */
export function MoreOfContacts({ filter }: { filter: ContactsFilter }) {
  const { t } = useTranslation();
  const { rights } = useMe();
  const navigate = useNavigate();
  const files = formats.map((format) => ({
    id: format,
    text: t(`contacts.export_${format}`),
    onChoose: () => {
      const link = document.createElement("a");
      link.href = exportAddress(filter, format);
      link.download = "";
      link.click();
    },
  }));
  const test = {
    id: "numbers",
    text: t("numbers.title"),
    onChoose: () => void navigate({ to: "/contacts/numbers" }),
  };
  const twins = {
    id: "duplicates",
    text: t("duplicates.title"),
    onChoose: () => void navigate({ to: "/contacts/duplicates" }),
  };
  return (
    <Menu
      label={t("ui.more")}
      trigger={<IconButton look="secondary" label={t("ui.more")} icon={<Ellipsis aria-hidden size={16} />} />}
      choices={[twins, test, ...(rights.includes("contact.export") ? files : [])]}
    />
  );
}

/** What is seldom done with one contact: erasing the person. */
export function MoreOfContact({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const { rights } = useMe();
  const erase = useEraseContact();
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  if (!rights.includes("contact.erase")) {
    return null;
  }
  return (
    <>
      <Menu
        label={t("ui.more")}
        trigger={
          <IconButton look="secondary" label={t("ui.more")} icon={<Ellipsis aria-hidden size={16} />} />
        }
        choices={[{ id: "erase", text: t("contacts.erase"), danger: true, onChoose: () => setAsked(true) }]}
      />
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("contacts.erase")}
        text={t("contacts.eraseText", { name: nameOf(contact) })}
        act={t("contacts.erase")}
        pending={erase.isPending}
        onAct={() =>
          erase.mutate(contact._id, {
            onError: (error) => toast(error.message, { bad: true }),
            onSuccess: () => {
              toast(t("contacts.erasing"));
              void navigate({ to: "/contacts" });
            },
          })
        }
      />
    </>
  );
}
