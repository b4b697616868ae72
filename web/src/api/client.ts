// SPDX-License-Identifier: Apache-2.0

import { Problem, problemOf, unreachable } from "./problem";

export type Query = Record<string, string | number | boolean | undefined>;

/** Told the server's time whenever it answers; see clock.ts. */
let onServerTime: (serverMs: number) => void = () => {};
/** Told when the session is no longer good. */
let onSignedOut: () => void = () => {};

export function listenToServerTime(listener: (serverMs: number) => void): void {
  onServerTime = listener;
}

export function listenToSignOut(listener: () => void): void {
  onSignedOut = listener;
}

/** A path with its query; empty and absent values are left out. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "" && value !== false) {
      search.set(name, String(value));
    }
  }
  return search.size > 0 ? `${path}?${search}` : path;
}

async function request<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<T> {
  const headers = { Accept: "application/json", ...more };
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (signal) {
    init.signal = signal;
  }
  if (body instanceof FormData) {
    init.body = body; // the browser says how it is encoded
  } else if (body !== undefined) {
    init.headers = { ...headers, "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    if (signal?.aborted) {
      throw cause;
    }
    throw new Problem(unreachable, "unreachable", "");
  }
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) {
    onServerTime(date);
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (response.status === 401 && !path.startsWith("/api/v1/session")) {
      onSignedOut();
    }
    throw problem;
  }
  if (response.status === 204 || response.headers.get("Content-Length") === "0") {
    return undefined as T;
  }
  return (await response.json()) as T;
}

/** The product's own API. Each call gives what the server answered, or throws a {@link Problem}. */
export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) =>
    request<T>("GET", address(path, query), undefined, signal),
  post: <T>(path: string, body?: unknown) => request<T>("POST", path, body ?? {}),
  /** A post that takes effect once, however often it is sent with the same key. */
  postOnce: <T>(path: string, key: string, body: unknown) =>
    request<T>("POST", path, body, undefined, { "Idempotency-Key": key }),
  upload: <T>(path: string, form: FormData) => request<T>("POST", path, form),
  put: <T>(path: string, body: unknown) => request<T>("PUT", path, body),
  patch: <T>(path: string, body: unknown) => request<T>("PATCH", path, body),
  delete: (path: string) => request<void>("DELETE", path),
};
