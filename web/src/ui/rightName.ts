// SPDX-License-Identifier: Apache-2.0

import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/** What a right opens, in the reader's language; as the server says it where there are no words. */
export function useRightName(): (right: string, otherwise: string) => string {
  const { t } = useTranslation();
  return useCallback(
    // Which rights there are the server says, so no type here could list them.
    (right: string, otherwise: string) =>
      t(`rights.${right}` as never, { defaultValue: otherwise }) as string,
    [t],
  );
}
