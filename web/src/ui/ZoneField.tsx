// SPDX-License-Identifier: Apache-2.0

import { Combobox } from "./Combobox";
import { Field } from "./Field";

const zones = Intl.supportedValuesOf("timeZone").map((id) => ({ id, text: "" }));

export interface ZoneFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (zone: string) => void;
  readonly help?: string;
  readonly error?: string | undefined;
  readonly disabled?: boolean;
}

/** A time zone by its IANA name, found by typing a part of it. */
export function ZoneField({ disabled, ...rest }: ZoneFieldProps) {
  return disabled ? <Field {...rest} disabled /> : <Combobox {...rest} choices={zones} />;
}
