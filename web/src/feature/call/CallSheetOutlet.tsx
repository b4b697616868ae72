// SPDX-License-Identifier: Apache-2.0

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { CallSheet } from "./CallSheet";

/** Shows the call that the address names, beside whatever screen is open. */
export function CallSheetOutlet() {
  const { call, at } = useSearch({ from: "/frame" });
  const navigate = useNavigate();
  const onClose = useCallback(
    () => void navigate({ to: ".", search: (before) => ({ ...before, call: "", at: "" }) }),
    [navigate],
  );
  const onInstant = useCallback(
    (instant: string | undefined) =>
      void navigate({ to: ".", search: (before) => ({ ...before, at: instant ?? "" }), replace: true }),
    [navigate],
  );
  return call ? <CallSheet id={call} at={at} onClose={onClose} onInstant={onInstant} /> : null;
}
