// SPDX-License-Identifier: Apache-2.0

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Problem } from "@/api/problem";
import { sessionQuery } from "@/api/session";
import type { Me } from "@/api/types";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { SkeletonRows } from "@/ui/Skeleton";
import { fault } from "@/ui/style";
import { GatePage } from "./GatePage";

interface Link {
  readonly kind: "invitation" | "reset";
  readonly login: string;
  readonly name: string;
  readonly tenant: { readonly name: string };
}

/** Where a link of an invitation or for a new password leads: choose one, and be signed in. */
export function ChoosePassword() {
  const { t } = useTranslation();
  const router = useRouter();
  // Read once: the token is taken out of the address as soon as it has been used.
  const [token] = useState(() => new URLSearchParams(location.search).get("token") ?? "");
  const link = useQuery({
    queryKey: ["link", token],
    queryFn: () => api.post<Link>("/api/v1/password-resets/check", { token }),
    retry: false,
  });
  if (link.isPending) {
    return (
      <GatePage title={t("choose.title")}>
        <SkeletonRows rows={3} />
      </GatePage>
    );
  }
  if (link.isError) {
    const used = link.error instanceof Problem && link.error.status < 500 && link.error.status > 0;
    return (
      <GatePage title={used ? t("choose.used") : t("error.title")}>
        <p className="text-ink-muted">{used ? t("choose.usedText") : link.error.message}</p>
        <Button onPress={() => router.history.push("/login")}>{t("choose.toSignIn")}</Button>
      </GatePage>
    );
  }
  return (
    <GatePage
      title={
        link.data.kind === "invitation" ? t("choose.welcome", { name: link.data.name }) : t("choose.title")
      }
    >
      <ChooseForm link={link.data} token={token} />
    </GatePage>
  );
}

function ChooseForm({ link, token }: { link: Link; token: string }) {
  const { t } = useTranslation();
  const router = useRouter();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const choose = useMutation({
    mutationFn: () => api.post<Me>("/api/v1/password-resets", { token, password }),
    onSuccess: (me) => {
      queries.clear();
      queries.setQueryData(sessionQuery.queryKey, me);
      router.history.push("/");
    },
  });
  const problem = choose.error instanceof Problem ? choose.error : null;
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        choose.mutate();
      }}
    >
      <p className="text-ink-muted">{t("choose.intro", { tenant: link.tenant.name, login: link.login })}</p>
      <input type="text" name="login" autoComplete="username" value={link.login} readOnly hidden />
      <Field
        label={t("choose.password")}
        name="password"
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="new-password"
        help={t("choose.passwordHelp")}
        error={problem?.field("password")}
        autoFocus
        required
      />
      <p role="alert" className={fault}>
        {choose.isError && !problem?.field("password")
          ? choose.error.message || t("error.unreachableText")
          : null}
      </p>
      <Button type="submit" look="primary" isPending={choose.isPending}>
        {t("choose.submit")}
      </Button>
    </form>
  );
}
