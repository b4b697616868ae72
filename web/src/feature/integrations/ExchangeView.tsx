// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import type { Exchange } from "@/api/integrations";
import { pretty } from "@/format/text";
import { Badge } from "@/ui/Badge";
import { CopyButton } from "@/ui/CopyButton";

/** A request and what was answered. */
export function ExchangeView({ exchange }: { exchange: Exchange }) {
  const { t } = useTranslation();
  const fine = exchange.status >= 200 && exchange.status < 300;
  return (
    <article className="flex min-w-0 flex-col gap-2 border-t border-line py-3 first-of-type:border-t-0 first-of-type:pt-0">
      <h3 className="flex flex-wrap items-center gap-2 text-12">
        <code className="min-w-0 font-mono break-all">
          <b>{exchange.method}</b> {exchange.url}
        </code>
        <Badge tone={fine ? "talking" : "missed"}>
          {exchange.status || exchange.error || t("integrations.noAnswer")}
        </Badge>
        <span className="tabular text-ink-faint">{t("integrations.ms", { ms: exchange.tookMs })}</span>
      </h3>
      <Part title={t("integrations.request")} headers={exchange.requestHeaders} body={exchange.requestBody} />
      {exchange.status ? (
        <Part title={t("integrations.answer")} headers={exchange.headers} body={exchange.body} />
      ) : null}
    </article>
  );
}

interface PartProps {
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function Part({ title, headers, body }: PartProps) {
  const { t } = useTranslation();
  const names = Object.keys(headers).sort();
  return (
    <section className="min-w-0">
      <h4 className="flex items-center justify-between text-12 font-strong text-ink-muted">
        {title}
        {body ? <CopyButton text={body} label={t("ui.copy")} /> : null}
      </h4>
      <details className="text-12 text-ink-muted">
        <summary className="ring-focus cursor-default rounded-box">
          {t("integrations.headers", { count: names.length })}
        </summary>
        <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-3 font-mono">
          {names.map((name) => (
            <div key={name} className="contents">
              <dt className="text-ink-faint">{name}</dt>
              <dd className="break-all">{headers[name]}</dd>
            </div>
          ))}
        </dl>
      </details>
      {body ? (
        <pre
          dir="ltr"
          className="mt-1 rounded-box bg-sunken p-3 font-mono text-12 break-words whitespace-pre-wrap text-ink-muted"
        >
          {pretty(body)}
        </pre>
      ) : (
        <p className="text-12 text-ink-faint">{t("integrations.noBody")}</p>
      )}
    </section>
  );
}
