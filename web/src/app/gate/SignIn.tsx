// SPDX-License-Identifier: Apache-2.0

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Problem, unreachable } from "@/api/problem";
import { safeNext, sessionQuery } from "@/api/session";
import type { Me } from "@/api/types";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { fault } from "@/ui/style";
import { GatePage } from "./GatePage";

export function SignIn() {
  const { t } = useTranslation();
  const { next, ended } = useSearch({ from: "/login" });
  const router = useRouter();
  const queries = useQueryClient();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => api.post<Me>("/api/v1/session", { login, password }),
    onSuccess: (me) => {
      queries.clear();
      queries.setQueryData(sessionQuery.queryKey, me);
      router.history.push(safeNext(next));
    },
  });
  const words = (error: Error): string => {
    const status = error instanceof Problem ? error.status : -1;
    const known: Record<number, string> = {
      401: t("signIn.wrong"),
      429: t("signIn.tooMany"),
      [unreachable]: t("error.unreachableText"),
    };
    return known[status] ?? error.message;
  };
  return (
    <GatePage title={t("signIn.title")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        {ended && !signIn.isError ? <p className="text-ink-muted">{t("signIn.ended")}</p> : null}
        <Field
          label={t("signIn.login")}
          name="login"
          value={login}
          onChange={setLogin}
          autoComplete="username"
          autoFocus
          required
        />
        <Field
          label={t("signIn.password")}
          name="password"
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          required
        />
        <p role="alert" className={fault}>
          {signIn.isError ? words(signIn.error) : null}
        </p>
        <Button type="submit" look="primary" isPending={signIn.isPending}>
          {t("signIn.submit")}
        </Button>
      </form>
    </GatePage>
  );
}
