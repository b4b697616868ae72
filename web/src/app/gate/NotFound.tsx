// SPDX-License-Identifier: Apache-2.0

import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/State";

export function NotFound() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <main>
      <EmptyState
        title={t("error.notFound")}
        text={t("error.notFoundText")}
        action={<Button onPress={() => navigate({ to: "/" })}>{t("error.goLive")}</Button>}
      />
    </main>
  );
}

export function PageError({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <main>
      <ErrorState error={error} onRetry={reset} />
    </main>
  );
}
