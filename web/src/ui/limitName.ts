// SPDX-License-Identifier: Apache-2.0

import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { limitNames } from "@/api/administration";

/** What a limit is of, in words; its own name where there are none. */
export function useLimitName(): (name: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (name: string) => {
      const known = limitNames.find((one) => one === name);
      return known ? t(`limit.${known}`) : name;
    },
    [t],
  );
}
