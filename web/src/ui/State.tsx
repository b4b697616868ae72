// SPDX-License-Identifier: Apache-2.0

import { CircleAlert, Lock, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem, unreachable } from "@/api/problem";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";

interface PlainStateProps {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly text?: ReactNode;
  readonly children?: ReactNode;
}

function PlainState({ icon, title, text, children }: PlainStateProps) {
  return (
    <div className="mx-auto flex w-full max-w-[64ch] flex-col items-start gap-2 px-4 py-12">
      {icon}
      <h2 className="text-18 font-strong text-balance">{title}</h2>
      {text ? <div className="text-14 text-ink-muted">{text}</div> : null}
      {children ? <div className="mt-2 flex max-w-full flex-col items-start gap-3">{children}</div> : null}
    </div>
  );
}

/** Nothing is here yet: one sentence, one action, an example. */
export function EmptyState({
  title,
  text,
  action,
  example,
}: {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  example?: string;
}) {
  return (
    <PlainState title={title} text={text}>
      {action}
      {example ? (
        <div className="flex max-w-full items-start gap-2 rounded-box bg-sunken p-3">
          <pre className="min-w-0 font-mono text-12 break-all whitespace-pre-wrap text-ink-muted">
            {example}
          </pre>
          <ExampleCopy text={example} />
        </div>
      ) : null}
    </PlainState>
  );
}

function ExampleCopy({ text }: { text: string }) {
  const { t } = useTranslation();
  return <CopyButton text={text} label={t("ui.copyExample")} />;
}

/** What failed, what it means, what to do; with the id that finds it in the server's log. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const problem = error instanceof Problem ? error : null;
  if (problem?.status === 403) {
    return <NoRight detail={problem.message} />;
  }
  const away = problem?.status === unreachable;
  return (
    <PlainState
      icon={<CircleAlert aria-hidden size={20} className="text-missed" />}
      title={away ? t("error.unreachable") : t("error.title")}
      text={away ? t("error.unreachableText") : (problem?.message ?? t("error.page"))}
    >
      {onRetry ? <Button onPress={onRetry}>{t("ui.retry")}</Button> : null}
      {problem?.requestId ? <RequestID id={problem.requestId} /> : null}
    </PlainState>
  );
}

/** The id to give to whoever looks after the server. */
export function RequestID({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <p className="flex items-center gap-1 text-12 text-ink-faint">
      {t("error.requestId")}
      <code className="font-mono select-all">{id}</code>
      <CopyButton text={id} label={t("error.copyRequestId")} />
    </p>
  );
}

/** The person may not see this; says who can change that. */
export function NoRight({ detail }: { detail?: string }) {
  const { t } = useTranslation();
  return (
    <PlainState
      icon={<Lock aria-hidden size={20} className="text-ink-faint" />}
      title={t("error.noRight")}
      text={
        <>
          {detail ? <p>{detail}</p> : null}
          <p>{t("error.noRightWho")}</p>
        </>
      }
    />
  );
}

/** Something is missing from what is shown, and why. */
export function PartialNote({ children }: { children: ReactNode }) {
  return (
    <p className="flex items-center gap-2 rounded-box bg-waiting-soft px-3 py-2 text-12 text-waiting-ink">
      <TriangleAlert aria-hidden size={14} className="shrink-0" />
      {children}
    </p>
  );
}
