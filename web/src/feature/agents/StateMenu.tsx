// SPDX-License-Identifier: Apache-2.0

import { useQuery } from "@tanstack/react-query";
import { ChevronDown, EllipsisVertical } from "lucide-react";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { AgentState, AgentStateChange } from "@/api/types";
import { Button, IconButton } from "@/ui/Button";
import { Menu } from "@/ui/Menu";
import { toast } from "@/ui/Toast";
import { AgentPill } from "./AgentPill";
import { reasonsQuery, useChoose } from "./queries";

/** What an agent can be put to: free, a pause for one of the call centre's reasons, logged out. */
export function StateMenu({ agent, trigger }: { agent: AgentState; trigger: ReactElement }) {
  const { t } = useTranslation();
  const reasons = useQuery(reasonsQuery).data?.items ?? [];
  const choose = useChoose();
  const to = (id: string, text: string, change: AgentStateChange) => ({
    id,
    text,
    onChoose: () =>
      choose.mutate(
        { id: agent._id, change },
        {
          onError: (error) => toast(error instanceof Problem ? error.message : String(error), { bad: true }),
        },
      ),
  });
  return (
    <Menu
      label={t("agents.choose", { name: agent.name })}
      trigger={trigger}
      choices={[
        to("free", t("agents.state_free"), { state: "free" }),
        to("paused", t("agents.state_paused"), { state: "paused" }),
        ...reasons.map((reason) =>
          to(reason.id, t("agents.pauseFor", { reason: reason.name }), {
            state: "paused",
            reason: reason.id,
          }),
        ),
        to("logged_out", t("agents.state_logged_out"), { state: "logged_out" }),
      ]}
    />
  );
}

/** What the person who looks does themselves. */
export function OwnState({ agent }: { agent: AgentState }) {
  const { t } = useTranslation();
  return (
    <StateMenu
      agent={agent}
      trigger={
        <Button icon={<AgentPill state={agent.state} reason={agent.reason} />}>
          <span className="sr-only">{t("agents.own")}</span>
          <ChevronDown aria-hidden size={14} />
        </Button>
      }
    />
  );
}

/** The same for somebody else, at the end of their row. */
export function OthersState({ agent }: { agent: AgentState }) {
  const { t } = useTranslation();
  return (
    <StateMenu
      agent={agent}
      trigger={
        <IconButton
          small
          label={t("agents.choose", { name: agent.name })}
          icon={<EllipsisVertical aria-hidden size={14} />}
        />
      }
    />
  );
}
