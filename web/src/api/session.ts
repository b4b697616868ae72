// SPDX-License-Identifier: Apache-2.0

import { queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { api } from "./client";
import { Problem } from "./problem";
import type { Me } from "./types";

/** Who is signed in; null when no one is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await api.get<Me>("/api/v1/session", {}, signal);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        return null;
      }
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});

export function useSession() {
  return useQuery(sessionQuery);
}

export const MeContext = createContext<Me | null>(null);

/** Who is signed in. Only inside the frame, where someone always is. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) {
    throw new Error("useMe outside the frame");
  }
  return me;
}

/** A path to go to after signing in; never another site. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith("/login") ? next : "/";
}
