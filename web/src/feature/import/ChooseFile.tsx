// SPDX-License-Identifier: Apache-2.0

import { FileUp } from "lucide-react";
import { DropZone, type FileDropItem, FileTrigger, Text } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { ContactImport } from "@/api/imports";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { fault } from "@/ui/style";
import { useUpload } from "./queries";

const kinds = [".csv", ".tsv", ".txt", ".vcf", "text/csv", "text/vcard"];

/** Takes a file: dropped, pasted, or chosen with the keyboard. */
export function ChooseFile({ onUploaded }: { onUploaded: (made: ContactImport) => void }) {
  const { t } = useTranslation();
  const upload = useUpload();
  const send = (file: File | undefined) => {
    if (file && !upload.isPending) {
      upload.mutate(file, { onSuccess: onUploaded });
    }
  };
  return (
    <section className="flex flex-col gap-2">
      <DropZone
        aria-label={t("import.drop")}
        getDropOperation={() => "copy"}
        onDrop={(event) => {
          const item = event.items.find((one): one is FileDropItem => one.kind === "file");
          void item?.getFile().then(send);
        }}
        className="ring-focus flex flex-col items-center gap-3 rounded-box border border-dashed border-line-strong bg-surface px-4 py-10 text-center data-drop-target:border-accent data-drop-target:bg-accent-soft"
      >
        <FileUp aria-hidden size={24} className="text-ink-faint" />
        <Text slot="label" className="font-strong">
          {upload.isPending ? t("import.uploading") : t("import.drop")}
        </Text>
        <FileTrigger acceptedFileTypes={kinds} onSelect={(files) => send(files?.[0])}>
          <Button look="primary" isPending={upload.isPending}>
            {t("import.choose")}
          </Button>
        </FileTrigger>
        <p className="max-w-[60ch] text-12 text-ink-faint">{t("import.kinds")}</p>
      </DropZone>
      {upload.error ? (
        <p role="alert" className={fault}>
          {upload.error instanceof Problem && upload.error.message
            ? upload.error.message
            : t("import.notUploaded")}
        </p>
      ) : null}
    </section>
  );
}
