// SPDX-License-Identifier: Apache-2.0

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { ContactImport } from "@/api/imports";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/Button";
import { PageHead } from "@/ui/PageHead";
import { SkeletonRows } from "@/ui/Skeleton";
import { EmptyState, ErrorState } from "@/ui/State";
import { ChooseFile } from "./ChooseFile";
import { Earlier } from "./Earlier";
import { Plan } from "./Plan";
import { Progress } from "./Progress";
import { importQuery, isMoving } from "./queries";
import { Result } from "./Result";

/** From a file to contacts: choose it, say what its columns are, see what would come of it, import, and undo. */
export function ImportPage() {
  const { t } = useTranslation();
  const { id } = useSearch({ from: "/frame/contacts/import" });
  const navigate = useNavigate({ from: "/contacts/import" });
  const open = (next: string) => void navigate({ search: (before) => ({ ...before, id: next }) });
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto px-3 py-3 md:px-4">
      <PageHead title={t("import.title")} intro={t("import.intro")}>
        <Button onPress={() => void navigate({ to: "/contacts" })}>{t("import.toContacts")}</Button>
      </PageHead>
      {id ? (
        <One key={id} id={id} onAnother={() => open("")} />
      ) : (
        <>
          <ChooseFile onUploaded={(made) => open(made.id)} />
          <Earlier onOpen={open} />
        </>
      )}
    </div>
  );
}

function One({ id, onAnother }: { id: string; onAnother: () => void }) {
  const { t } = useTranslation();
  const query = useQuery(importQuery(id));
  useFreshContacts(query.data);
  if (query.isPending) {
    return <SkeletonRows rows={6} />;
  }
  if (!query.data) {
    return query.error instanceof Problem && query.error.status === 404 ? (
      <EmptyState
        title={t("import.gone")}
        text={t("import.goneText")}
        action={
          <Button look="primary" onPress={onAnother}>
            {t("import.choose")}
          </Button>
        }
      />
    ) : (
      <ErrorState error={query.error} onRetry={() => void query.refetch()} />
    );
  }
  const one = query.data;
  if (one.state === "uploaded") {
    return <Plan of={one} onAnother={onAnother} />;
  }
  return isMoving(one) ? <Progress of={one} /> : <Result of={one} onAnother={onAnother} />;
}

/** Lists of contacts are fetched anew once an import has come to rest. */
function useFreshContacts(of: ContactImport | undefined) {
  const queries = useQueryClient();
  const state = of?.state;
  useEffect(() => {
    if (state === "done" || state === "undone" || state === "stopped") {
      void queries.invalidateQueries({ queryKey: ["contacts"] });
    }
  }, [state, queries]);
}
