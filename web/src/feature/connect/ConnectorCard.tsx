// SPDX-License-Identifier: Apache-2.0

import { CircleAlert, CircleCheck, Ellipsis } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { Connector, ConnectorTest } from "@/api/types";
import { duration } from "@/format/duration";
import { figure } from "@/format/number";
import { Badge } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Confirm } from "@/ui/Dialog";
import { LiveDuration } from "@/ui/Duration";
import { Menu } from "@/ui/Menu";
import { Moment, useClock } from "@/ui/Moment";
import { PartialNote, RequestID } from "@/ui/State";
import { toast } from "@/ui/Toast";
import { useDeleteConnector, useTestConnector } from "./queries";

export interface ConnectorCardProps {
  readonly connector: Connector;
  readonly writes: boolean;
  readonly onEdit: () => void;
}

/** The address as the phone system must be given it: with the host that this page was opened from. */
export function webhookAddress(connector: Connector): string {
  return new URL(connector.webhookUrl, location.origin).href;
}

/** One phone system: what to enter there, whether it talks, whether it listens. */
export function ConnectorCard({ connector, writes, onEdit }: ConnectorCardProps) {
  const { t } = useTranslation();
  const { locale } = useClock();
  const test = useTestConnector();
  const remove = useDeleteConnector();
  const [asked, setAsked] = useState(false);
  const { name, lastEventAt, lastEventType, eventsToday, apiUrl, dialect } = connector;
  const choices = [
    { id: "edit", text: t("ui.edit"), onChoose: onEdit },
    { id: "delete", text: t("connect.delete"), danger: true, onChoose: () => setAsked(true) },
  ];
  return (
    <li
      className="flex min-w-0 flex-col gap-3 rounded-box border border-line bg-surface p-4"
      data-connector={name}
    >
      <div className="flex items-center gap-3">
        <h2 className="min-w-0 truncate text-14 font-strong">{name}</h2>
        <ConnectorState connector={connector} />
        <span className="grow" />
        {writes ? (
          <Menu
            label={t("ui.more")}
            trigger={<IconButton small label={t("ui.more")} icon={<Ellipsis aria-hidden size={16} />} />}
            choices={choices}
          />
        ) : null}
      </div>
      <Address connector={connector} />
      <dl className="grid grid-cols-[minmax(112px,max-content)_minmax(0,1fr)] gap-x-3 gap-y-1">
        <Fact label={t("connect.lastEvent")}>
          {lastEventAt ? (
            <>
              <Moment at={lastEventAt} />{" "}
              <code className="font-mono text-12 text-ink-muted">{lastEventType}</code>
            </>
          ) : (
            t("connect.never")
          )}
        </Fact>
        <Fact label={t("connect.today")}>
          <span className="tabular">{figure(eventsToday ?? 0, locale)}</span>
        </Fact>
        <Fact label={t("connect.commands")}>
          {apiUrl ? (
            <>
              <span className="break-all">{apiUrl}</span>{" "}
              <span className="text-ink-muted">
                {dialect === "delegate" ? t("connect.dialect_delegate") : t("connect.dialect_callWaiting")}
              </span>
            </>
          ) : (
            t("connect.noCommands")
          )}
        </Fact>
      </dl>
      {connector.clockAhead ? (
        <PartialNote>
          {t("connect.clockAhead", { time: duration(Math.abs(connector.clockSkewSeconds ?? 0) * 1000) })}
        </PartialNote>
      ) : null}
      {writes ? (
        <div className="mt-auto flex min-h-8 flex-wrap items-center gap-3">
          <Button onPress={() => test.mutate(connector.id)} isPending={test.isPending}>
            {test.isPending ? t("connect.testing") : t("connect.test")}
          </Button>
          <TestResult result={test.data} error={test.error} />
        </div>
      ) : null}
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("connect.deleteConfirm", { name })}
        text={t("connect.deleteText")}
        act={t("connect.delete")}
        pending={remove.isPending}
        onAct={() =>
          remove.mutate(connector.id, {
            onSuccess: () => toast(t("connect.deleted", { name })),
            onError: (error) => toast(error.message, { bad: true }),
            onSettled: () => setAsked(false),
          })
        }
      />
    </li>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function ConnectorState({ connector: { lastEventAt, silentSince } }: { connector: Connector }) {
  const { t } = useTranslation();
  if (!lastEventAt) {
    return <Badge>{t("connect.waitingFirst")}</Badge>;
  }
  return silentSince ? (
    <Badge tone="waiting">
      {t("connect.silent", { time: "" })}
      <LiveDuration since={lastEventAt} />
    </Badge>
  ) : (
    <Badge tone="talking">{t("connect.listening")}</Badge>
  );
}

function Address({ connector }: { connector: Connector }) {
  const { t } = useTranslation();
  const address = webhookAddress(connector);
  const example = `curl -H 'Content-Type: application/json' '${address}' -d '{"type":"call.new","call_id":"c-1","direction":"inbound","their_number":"0901234567","our_number":"08007770000"}'`;
  return (
    <div className="flex flex-col gap-1">
      <h3 className="text-12 font-strong text-ink-muted">{t("connect.address")}</h3>
      <div className="flex items-center gap-2 rounded-box bg-sunken py-1 ps-3 pe-1">
        <code className="min-w-0 grow font-mono text-12 break-all select-all">{address}</code>
        <CopyButton text={address} label={t("connect.copyAddress")} />
      </div>
      <p className="text-12 text-ink-faint">{t("connect.addressHelp")}</p>
      {connector.webhookUser ? (
        <p className="text-12 text-ink-faint">
          {t("connect.orBasic")} <code className="font-mono select-all">{connector.webhookUser}</code>{" "}
          {connector.webhookPassword ? (
            <code className="font-mono select-all">{connector.webhookPassword}</code>
          ) : null}
        </p>
      ) : null}
      <p className="flex items-center gap-1 text-12 text-ink-muted">
        {t("connect.tryIt")}
        <CopyButton text={example} label={t("ui.copyExample")} />
      </p>
    </div>
  );
}

function TestResult({ result, error }: { result: ConnectorTest | undefined; error: Error | null }) {
  const { t } = useTranslation();
  if (error) {
    return (
      <div role="status" className="min-w-0 text-12 text-missed-ink">
        <p>{error.message}</p>
        {error instanceof Problem && error.requestId ? <RequestID id={error.requestId} /> : null}
      </div>
    );
  }
  if (!result) {
    return null;
  }
  const fine = result.ok ?? (result.status !== undefined && result.status < 400);
  const Icon = fine ? CircleCheck : CircleAlert;
  const answered = result.status
    ? t("connect.testOk", { status: result.status, ms: result.tookMs ?? 0 })
    : t("connect.testOkPlain");
  return (
    <p
      role="status"
      className={fine ? "flex gap-2 text-12 text-talking-ink" : "flex gap-2 text-12 text-missed-ink"}
    >
      <Icon aria-hidden size={16} className="shrink-0" />
      {fine ? answered : `${t("connect.testFailed")}. ${result.detail ?? ""}`}
    </p>
  );
}
