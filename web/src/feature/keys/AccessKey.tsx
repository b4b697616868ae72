// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/session";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Confirm, Dialog } from "@/ui/Dialog";
import { Moment } from "@/ui/Moment";
import { SkeletonRows } from "@/ui/Skeleton";
import { ErrorState } from "@/ui/State";
import { fault } from "@/ui/style";
import { toast } from "@/ui/Toast";
import { accessKeyQuery, useMakeAccessKey, useRemoveAccessKey, useRevealAccessKey } from "./queries";

/** How the server of a CRM signs a token, with what every Node has. */
const example = (slug: string) => `import { createHmac } from "node:crypto";

const encode = (value) => Buffer.from(value).toString("base64url");

function sign(agent) {
  const now = Math.floor(Date.now() / 1000);
  const header = encode(JSON.stringify({ typ: "JWT", alg: "HS256" }));
  const claims = encode(JSON.stringify({
    iss: "${slug}", sub: agent, aud: "tandem", iat: now, exp: now + 300,
  }));
  const mac = createHmac("sha256", process.env.ACCESS_KEY).update(\`\${header}.\${claims}\`);
  return \`\${header}.\${claims}.\${mac.digest("base64url")}\`;
}`;

type Ask = "replace" | "reveal" | "remove";

/** The key that signs the tokens of softphones: what it is for, and what can be done with it. */
export function AccessKey() {
  const { t } = useTranslation();
  const { rights } = useMe();
  const query = useQuery(accessKeyQuery);
  const make = useMakeAccessKey();
  const remove = useRemoveAccessKey();
  const [asked, setAsked] = useState<Ask | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const onError = (error: Error) => toast(error.message || t("error.unreachableText"), { bad: true });
  const close = () => setAsked(null);
  const onMake = () =>
    make.mutate(undefined, {
      onError,
      onSuccess: (made) => {
        close();
        setShown(made.key);
      },
    });
  const writes = rights.includes("key.write");
  const key = query.data;
  return (
    <section
      aria-labelledby="access-key"
      className="flex min-w-0 flex-col gap-3 rounded-box border border-line bg-surface p-4"
    >
      <h2 id="access-key" className="text-14 font-strong">
        {t("accessKey.title")}
      </h2>
      <p className="max-w-[70ch] text-ink-muted">{t("accessKey.intro")}</p>
      {query.isPending ? <SkeletonRows rows={1} /> : null}
      {query.isError && !key ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {key?.createdAt ? (
        <dl className="flex gap-3">
          <dt className="text-12 text-ink-muted">{t("accessKey.since")}</dt>
          <dd>
            <Moment at={key.createdAt} />
          </dd>
        </dl>
      ) : null}
      {key && !key.set ? <p>{t("accessKey.none")}</p> : null}
      {key ? (
        <div className="flex flex-wrap gap-2">
          {writes ? (
            <Button
              look={key.set ? "secondary" : "primary"}
              isPending={make.isPending}
              onPress={() => (key.set ? setAsked("replace") : onMake())}
            >
              {key.set ? t("accessKey.replace") : t("accessKey.make")}
            </Button>
          ) : null}
          {key.set && rights.includes("key.reveal") ? (
            <Button onPress={() => setAsked("reveal")}>{t("accessKey.reveal")}</Button>
          ) : null}
          {key.set && writes ? (
            <Button look="danger" onPress={() => setAsked("remove")}>
              {t("accessKey.remove")}
            </Button>
          ) : null}
        </div>
      ) : null}
      <Example />
      <Confirm
        open={asked === "replace"}
        onClose={close}
        title={t("accessKey.replace")}
        text={t("accessKey.replaceText")}
        act={t("accessKey.replace")}
        pending={make.isPending}
        onAct={onMake}
      />
      <Confirm
        open={asked === "remove"}
        onClose={close}
        title={t("accessKey.remove")}
        text={t("accessKey.removeText")}
        act={t("accessKey.remove")}
        pending={remove.isPending}
        onAct={() => remove.mutate(undefined, { onError, onSuccess: close })}
      />
      {asked === "reveal" ? <Reveal onClose={close} /> : null}
      {shown ? <Shown value={shown} text={t("accessKey.made")} onClose={() => setShown(null)} /> : null}
    </section>
  );
}

function Example() {
  const { t } = useTranslation();
  const code = example(useMe().tenant.slug);
  return (
    <details className="min-w-0">
      <summary className="ring-focus w-fit cursor-pointer rounded-box">{t("accessKey.example")}</summary>
      <div className="flex flex-col items-start gap-2 pt-2">
        <p className="max-w-[70ch] text-ink-muted">{t("accessKey.exampleText")}</p>
        <pre className="w-full rounded-box border border-line bg-sunken p-2 font-mono text-12 whitespace-pre-wrap wrap-anywhere">
          {code}
        </pre>
        <CopyButton text={code} label={t("accessKey.copyExample")} word={t("accessKey.copyExample")} />
      </div>
    </details>
  );
}

function Value({ value }: { value: string }) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-2">
      <code className="min-w-0 grow rounded-box border border-line bg-sunken p-2 font-mono text-12 break-all select-all">
        {value}
      </code>
      <CopyButton text={value} label={t("keys.copy")} />
    </div>
  );
}

function Shown({ value, text, onClose }: { value: string; text: string; onClose: () => void }) {
  const { t } = useTranslation();
  const actions = (
    <Button look="primary" onPress={onClose}>
      {t("ui.close")}
    </Button>
  );
  return (
    <Dialog open onClose={onClose} title={t("accessKey.title")} actions={actions}>
      <div className="flex flex-col gap-3">
        <p className="text-ink-muted">{text}</p>
        <Value value={value} />
      </div>
    </Dialog>
  );
}

/** Asks first, as it is written down who saw the key; then shows it until it is closed. */
function Reveal({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { mutate, data, isError, error, isPending } = useRevealAccessKey();
  if (data) {
    return <Shown value={data.key} text={t("sip.revealed")} onClose={onClose} />;
  }
  const actions = (
    <>
      <Button onPress={onClose}>{t("ui.cancel")}</Button>
      <Button look="primary" isPending={isPending} onPress={() => mutate()}>
        {t("accessKey.reveal")}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={t("accessKey.reveal")} actions={actions}>
      <p className="text-ink-muted">{t("sip.revealText")}</p>
      <div role="alert" className={fault}>
        {isError ? error.message || t("error.unreachableText") : null}
      </div>
    </Dialog>
  );
}
