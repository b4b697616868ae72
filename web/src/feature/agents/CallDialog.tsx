// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CircleAlert, CircleCheck, LoaderCircle, PhoneCall } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { AgentState, OutgoingCall } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { isOpen, outgoingQuery, useCall } from "./queries";

const retries = ["0", "1", "2", "3"] as const;

/** Asks whom to call for an agent, and shows what becomes of it. */
export function CallDialog({ agent, onClose }: { agent: AgentState; onClose: () => void }) {
  const { t } = useTranslation();
  const [to, setTo] = useState("");
  const [again, setAgain] = useState("0");
  // One key for one wish: a second press, or a request sent again by the network, does not call twice.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const call = useCall();
  const problem = call.error instanceof Problem ? call.error : null;
  const change = { agent: agent._id, to, retries: Number(again), retryGap: "10s", ttl: "2m" };
  const send = (event: FormEvent) => {
    event.preventDefault();
    call.mutate({ key, change });
  };
  const another = () => {
    setKey(crypto.randomUUID());
    call.reset();
  };
  const title = t("agents.callTitle", { name: agent.name || agent.extension });
  if (call.data) {
    return <Outcome id={call.data.id} first={call.data} title={title} onAgain={another} onClose={onClose} />;
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onPress={onClose}>{t("ui.cancel")}</Button>
          <Button
            look="primary"
            type="submit"
            form="call"
            icon={<PhoneCall aria-hidden size={16} />}
            isDisabled={to.trim() === "" || call.isPending}
          >
            {t("agents.call")}
          </Button>
        </>
      }
    >
      <form id="call" onSubmit={send} className="flex flex-col gap-3">
        <p className="text-ink-muted">{t("agents.callText", { extension: agent.extension })}</p>
        <Field
          label={t("agents.to")}
          type="tel"
          name="to"
          autoComplete="off"
          autoFocus
          required
          mono
          value={to}
          onChange={(text) => {
            setTo(text);
            another();
          }}
          error={
            problem?.field("to") ?? (problem && problem.fields.length === 0 ? problem.message : undefined)
          }
        />
        <Select
          label={t("agents.retries")}
          value={again}
          onChange={(n) => {
            setAgain(n);
            another();
          }}
          choices={retries.map((id) => ({ id, text: t(`agents.retries_${id}`) }))}
        />
        {problem?.field("agent") ? <p className="text-12 text-missed-ink">{problem.field("agent")}</p> : null}
      </form>
    </Dialog>
  );
}

interface OutcomeProps {
  readonly id: string;
  readonly first: OutgoingCall;
  readonly title: string;
  readonly onAgain: () => void;
  readonly onClose: () => void;
}

/** What becomes of a call: the words of the phone system, as they come. */
function Outcome({ id, first, title, onAgain, onClose }: OutcomeProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const query = useQuery({ ...outgoingQuery(id), initialData: first });
  const call = query.data;
  const open = isOpen(call.state);
  const good = call.state === "connected";
  const callId = call.call?.id ?? 0;
  const show = () => {
    onClose();
    void navigate({ to: ".", search: (before) => ({ ...before, call: String(callId), at: "" }) });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      actions={
        <>
          {open || good ? null : <Button onPress={onAgain}>{t("agents.callAgain")}</Button>}
          {callId > 0 ? <Button onPress={show}>{t("agents.openCall")}</Button> : null}
          <Button look="primary" onPress={onClose}>
            {t("ui.close")}
          </Button>
        </>
      }
    >
      <div role="status" className="flex items-start gap-3" data-outcome={call.state}>
        <OutcomeIcon open={open} good={good} />
        <div className="min-w-0">
          <p className="font-strong">{t(`agents.outcome_${call.state}`)}</p>
          <p className="text-ink-muted">
            <bdi className="font-mono">{call.to}</bdi>
            {call.reason ? ` · ${t(`agents.reason_${call.reason}`, { defaultValue: call.reason })}` : ""}
          </p>
        </div>
      </div>
      {call.retries > 0 && call.attempts.length > 0 ? (
        <ol className="mt-3 flex flex-col gap-1 border-t border-line pt-3 text-12">
          {call.attempts.map((attempt, index) => (
            <li key={attempt.at ?? index} className="flex justify-between gap-3">
              <span className="tabular text-ink-muted">
                {t("agents.attempt", { n: index + 1, of: call.retries + 1 })}
              </span>
              <span>
                {attempt.result === "failure"
                  ? t(`agents.reason_${attempt.reason}`, { defaultValue: attempt.reason })
                  : t(attempt.result === "success" ? "agents.answered" : "agents.ringingNow")}
              </span>
            </li>
          ))}
        </ol>
      ) : null}
    </Dialog>
  );
}

function OutcomeIcon({ open, good }: { open: boolean; good: boolean }) {
  if (open) {
    return <LoaderCircle aria-hidden size={20} className="shrink-0 animate-spin text-accent" />;
  }
  const Icon = good ? CircleCheck : CircleAlert;
  return <Icon aria-hidden size={20} className={good ? "shrink-0 text-talking" : "shrink-0 text-missed"} />;
}
