// SPDX-License-Identifier: Apache-2.0

import { useTranslation } from "react-i18next";
import { cx } from "./cx";

export interface PhoneNumberProps {
  readonly raw: string;
  readonly national: string;
  readonly withheld?: boolean;
  readonly className?: string;
}

/** A number as people of the country write it; as the phone system sent it on hover. Always selectable. */
export function PhoneNumber({ raw, national, withheld, className }: PhoneNumberProps) {
  const { t } = useTranslation();
  if (withheld || (raw === "" && national === "")) {
    return <span className={className}>{withheld ? t("number.withheld") : t("number.none")}</span>;
  }
  return (
    <bdi title={raw} dir="ltr" className={cx("tabular select-text", className)}>
      {national || raw}
    </bdi>
  );
}
