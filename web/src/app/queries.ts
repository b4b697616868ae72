// SPDX-License-Identifier: Apache-2.0

import { QueryClient } from "@tanstack/react-query";
import { listenToSignOut } from "@/api/client";
import { Problem } from "@/api/problem";

const tries = 2;

/** What was fetched from the server. A refusal is final; only a server that stumbles is asked again. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => error instanceof Problem && error.status >= 500 && failures < tries,
      retryDelay: 400,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

listenToSignOut(() => {
  queries.setQueryData(["session"], null);
});
