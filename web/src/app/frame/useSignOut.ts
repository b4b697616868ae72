// SPDX-License-Identifier: Apache-2.0

import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { api } from "@/api/client";
import { toast } from "@/ui/Toast";

/** Ends the session here and on the server. */
export function useSignOut(): () => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useCallback(() => {
    api.delete("/api/v1/session").then(
      async () => {
        await navigate({ to: "/login" });
        queries.clear();
      },
      (error: Error) => toast(error.message, { bad: true }),
    );
  }, [queries, navigate]);
}
