// SPDX-License-Identifier: Apache-2.0

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Problem } from "@/api/problem";
import { sessionQuery } from "@/api/session";
import { slugOf } from "@/format/text";
import { Button } from "@/ui/Button";
import { Combobox } from "@/ui/Combobox";
import { Field } from "@/ui/Field";
import { RequestID } from "@/ui/State";
import { fault } from "@/ui/style";
import { GatePage } from "./GatePage";

const zones = Intl.supportedValuesOf("timeZone").map((id) => ({ id, text: "" }));

export function SetUp() {
  const { t } = useTranslation();
  const { token } = useSearch({ from: "/setup" });
  return token ? (
    <GatePage title={t("setup.title")}>
      <SetUpForm token={token} />
    </GatePage>
  ) : (
    <GatePage title={t("setup.noToken")}>
      <p className="text-ink-muted">{t("setup.noTokenText")}</p>
    </GatePage>
  );
}

function SetUpForm({ token }: { token: string }) {
  const { t } = useTranslation();
  const router = useRouter();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [slug, setSlug] = useState("");
  const [region, setRegion] = useState("");
  const [timeZone, setTimeZone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const setUp = useMutation({
    mutationFn: () => {
      const tenant = { name, slug: slug || slugOf(name), region: region.toUpperCase(), timeZone };
      return api.post("/api/v1/setup", { token, tenant, admin: { login, password } });
    },
    onSuccess: async () => {
      await queries.resetQueries({ queryKey: sessionQuery.queryKey });
      router.history.push("/");
    },
  });
  const problem = setUp.error instanceof Problem ? setUp.error : null;
  const of = (field: string) => problem?.field(field);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setUp.mutate();
      }}
    >
      <p className="text-ink-muted">{t("setup.intro")}</p>
      <h2 className="text-18 font-strong">{t("setup.tenant")}</h2>
      <Field label={t("setup.name")} value={name} onChange={setName} error={of("name")} required autoFocus />
      <Field
        label={t("setup.slug")}
        value={slug}
        onChange={setSlug}
        placeholder={slugOf(name)}
        help={t("setup.slugHelp")}
        error={of("slug")}
      />
      <Field
        label={t("setup.region")}
        value={region}
        onChange={setRegion}
        help={t("setup.regionHelp")}
        error={of("region")}
        required
      />
      <Combobox
        label={t("setup.timeZone")}
        value={timeZone}
        onChange={setTimeZone}
        choices={zones}
        error={of("timeZone")}
      />
      <h2 className="pt-2 text-18 font-strong">{t("setup.admin")}</h2>
      <Field
        label={t("setup.login")}
        value={login}
        onChange={setLogin}
        autoComplete="username"
        error={of("login")}
        required
      />
      <Field
        label={t("setup.password")}
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="new-password"
        help={t("setup.passwordHelp")}
        error={of("password")}
        required
      />
      <div role="alert" className={fault}>
        {setUp.isError ? <p>{setUp.error.message || t("error.unreachableText")}</p> : null}
        {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
      </div>
      <Button type="submit" look="primary" isPending={setUp.isPending}>
        {t("setup.submit")}
      </Button>
    </form>
  );
}
