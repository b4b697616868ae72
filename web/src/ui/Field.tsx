// SPDX-License-Identifier: Apache-2.0

import { FieldError, Input, Label, Text, TextArea, TextField } from "react-aria-components";
import { cx } from "./cx";
import { control, fault, hint, label as labelLook } from "./style";

export interface FieldProps {
  readonly label: string;
  /** The label is read out but not seen; something near it says the same. */
  readonly hideLabel?: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly name?: string;
  readonly type?: "text" | "password" | "url" | "number" | "search" | "tel";
  readonly help?: string;
  readonly error?: string | undefined;
  readonly placeholder?: string;
  readonly autoComplete?: string;
  readonly autoFocus?: boolean;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly rows?: number;
  /** For codes, numbers and addresses. */
  readonly mono?: boolean;
}

/** One line of input, or several with rows. */
export function Field({
  label,
  hideLabel,
  help,
  error,
  rows,
  mono,
  placeholder,
  required,
  disabled,
  ...rest
}: FieldProps) {
  const input = cx(control, mono && "font-mono", rows !== undefined && "h-auto py-1");
  return (
    <TextField
      {...rest}
      isRequired={required ?? false}
      isDisabled={disabled ?? false}
      isInvalid={Boolean(error)}
      validationBehavior="aria"
      className="flex min-w-0 flex-col gap-1"
    >
      <Label className={hideLabel ? "sr-only" : labelLook}>{label}</Label>
      {rows ? (
        <TextArea rows={rows} placeholder={placeholder} className={input} spellCheck={false} />
      ) : (
        <Input placeholder={placeholder} className={input} spellCheck={false} />
      )}
      {help && !error ? (
        <Text slot="description" className={hint}>
          {help}
        </Text>
      ) : null}
      <FieldError className={fault}>{error}</FieldError>
    </TextField>
  );
}
