// SPDX-License-Identifier: Apache-2.0

import { X } from "lucide-react";
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Hours } from "@/api/types";
import { Button, IconButton } from "./Button";
import { Combobox } from "./Combobox";
import { useClock } from "./Moment";
import { control, label } from "./style";

export const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const zones = Intl.supportedValuesOf("timeZone").map((id) => ({ id, text: "" }));
const office = { days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "18:00" };

/** Hours of the week, in a zone of their own. None means always. */
export function HoursFields({
  hours,
  onChange,
}: {
  hours: Hours | null;
  onChange: (hours: Hours | null) => void;
}) {
  const { t } = useTranslation();
  const clock = useClock();
  const ranges = hours?.ranges ?? [];
  const timeZone = hours?.timeZone || clock.timeZone;
  const set = (next: Hours["ranges"]) => onChange(next.length > 0 ? { timeZone, ranges: next } : null);
  const setRange = (at: number, part: Partial<Hours["ranges"][number]>) =>
    set(ranges.map((range, index) => (index === at ? { ...range, ...part } : range)));
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className={`${label} mb-1`}>{t("hours.title")}</legend>
      {ranges.map((range, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a range has nothing of its own to be known by.
        <div key={at} className="flex flex-wrap items-center gap-2">
          <ToggleButtonGroup
            aria-label={t("hours.days")}
            selectionMode="multiple"
            selectedKeys={range.days ?? days}
            onSelectionChange={(keys) => setRange(at, { days: days.filter((day) => keys.has(day)) })}
            className="flex gap-px"
          >
            {days.map((day) => (
              <ToggleButton
                key={day}
                id={day}
                className="ring-focus h-8 rounded-box px-2 text-12 text-ink-muted data-hovered:bg-hover data-selected:bg-accent-soft data-selected:font-strong data-selected:text-accent-ink"
              >
                {t(`hours.day.${day}`)}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
          <TimeInput label={t("hours.from")} value={range.from} onChange={(from) => setRange(at, { from })} />
          <TimeInput label={t("hours.to")} value={range.to} onChange={(to) => setRange(at, { to })} />
          <IconButton
            label={t("hours.remove")}
            icon={<X aria-hidden size={14} />}
            onPress={() => set(ranges.filter((_, index) => index !== at))}
          />
        </div>
      ))}
      {ranges.length > 0 ? (
        <div className="max-w-80">
          <Combobox
            label={t("hours.zone")}
            value={timeZone}
            onChange={(zone) => onChange({ timeZone: zone, ranges })}
            choices={zones}
          />
        </div>
      ) : null}
      <div>
        <Button small onPress={() => set([...ranges, office])}>
          {t("hours.add")}
        </Button>
      </div>
    </fieldset>
  );
}

function TimeInput({
  label: name,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <span className="w-28">
      <input
        type="time"
        aria-label={name}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={`${control} tabular focus:border-accent`}
      />
    </span>
  );
}
