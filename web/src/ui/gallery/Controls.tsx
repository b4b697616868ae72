// SPDX-License-Identifier: Apache-2.0

import { Plus, Settings } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../Button";
import { ChipFilter, ChipSwitch } from "../Chip";
import { Combobox } from "../Combobox";
import { CopyButton } from "../CopyButton";
import { Field } from "../Field";
import { Select } from "../Select";
import { Shortcut } from "../Shortcut";
import { Segmented, Tabs } from "../Tabs";
import { Tooltip } from "../Tooltip";
import { queues } from "./samples";

const row = "flex flex-wrap items-center gap-3";

export function Actions() {
  const { t } = useTranslation();
  const icon = <Plus aria-hidden size={16} />;
  return (
    <>
      {(["primary", "secondary", "quiet", "danger"] as const).map((look) => (
        <div key={look} className={row}>
          <Button look={look}>{t("ui.save")}</Button>
          <Button look={look} icon={icon}>
            {t("routing.add")}
          </Button>
          <Button look={look} small>
            {t("ui.retry")}
          </Button>
          <Button look={look} isDisabled>
            {t("ui.save")}
          </Button>
          <Button look={look} isPending>
            {t("connect.testing")}
          </Button>
        </div>
      ))}
      <div className={row}>
        <IconButton label={t("ui.more")} icon={<Settings aria-hidden size={16} />} />
        <IconButton small label={t("ui.edit")} icon={<Settings aria-hidden size={14} />} />
        <CopyButton text="1767225600.1001" label={t("ui.copy")} />
        <CopyButton text="1767225600.1001" label={t("ui.copy")} word={t("ui.copy")} />
        <Tooltip text={t("gallery.tooltip")}>
          <Button>{t("gallery.hover")}</Button>
        </Tooltip>
        <Shortcut keys={["Ctrl", "K"]} />
        <Shortcut keys={["/"]} />
      </div>
    </>
  );
}

export function Fields() {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [queue, setQueue] = useState("900");
  const [destination, setDestination] = useState("901");
  const choices = queues.map(({ id, text: name }) => ({ id, text: `${id} ${name}` }));
  return (
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
      <Field label={t("connect.name")} help={t("connect.nameHelp")} value={text} onChange={setText} />
      <Field label={t("routing.theirNumber")} placeholder="0901234567" value={text} onChange={setText} />
      <Field label={t("routing.name")} error={t("routing.nameMissing")} value={text} onChange={setText} />
      <Field label={t("signIn.password")} type="password" value="tandem" onChange={() => {}} />
      <Field label={t("connect.clock")} value="120" onChange={() => {}} disabled />
      <Field label={t("routing.expression")} value={text} onChange={setText} mono rows={2} />
      <Select label={t("routing.queue")} value={queue} onChange={setQueue} choices={choices} />
      <Select
        label={t("routing.queue")}
        value=""
        onChange={() => {}}
        choices={choices}
        error={t("routing.destinationMissing")}
      />
      <Combobox
        label={t("routing.destination")}
        help={t("routing.destinationHelp")}
        value={destination}
        onChange={setDestination}
        choices={queues}
      />
    </div>
  );
}

export function Choices() {
  const { t } = useTranslation();
  const [queue, setQueue] = useState("900");
  const [open, setOpen] = useState(true);
  const [tab, setTab] = useState("rules");
  const [segment, setSegment] = useState("a");
  return (
    <>
      <div className={row}>
        <ChipFilter label={t("live.queue")} value="" onChange={() => {}} choices={queues} />
        <ChipFilter label={t("live.queue")} value={queue} onChange={setQueue} choices={queues} />
        <ChipSwitch label={t("calls.open")} value={open} onChange={setOpen} />
        <ChipSwitch label={t("calls.open")} value={!open} onChange={(on) => setOpen(!on)} />
      </div>
      <Tabs
        label={t("routing.title")}
        value={tab}
        onChange={setTab}
        tabs={[
          { id: "rules", text: t("routing.tabRules"), panel: <p>{t("routing.intro")}</p> },
          { id: "queues", text: t("routing.tabQueues"), panel: <p>{t("routing.queuesIntro")}</p> },
        ]}
      />
      <div className="w-80 max-w-full">
        <Segmented
          label={t("calls.period")}
          value={segment}
          onChange={setSegment}
          choices={[
            { id: "a", content: t("calls.today") },
            { id: "b", content: t("calls.yesterday") },
            { id: "c", content: t("calls.week") },
          ]}
        />
      </div>
    </>
  );
}
