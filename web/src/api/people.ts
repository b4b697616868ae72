// SPDX-License-Identifier: Apache-2.0

import type { Instant } from "./types";

// What the user service tells of people, roles and keys. Times are Unix milliseconds where a member is a number.

export interface AgentAccount {
  readonly _id: string;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly extension: string;
  readonly idSip: string;
  /** _id of a role. */
  readonly role: string;
  readonly queues: readonly string[];
  readonly device: "sip" | "browser" | "phone";
  readonly hasPassword: boolean;
  readonly deleted: boolean;
}

export type AgentChange = Pick<
  AgentAccount,
  "login" | "name" | "email" | "extension" | "idSip" | "role" | "queues" | "device"
> & {
  readonly password?: string;
};

export interface Role {
  readonly _id: string;
  readonly name: string;
  readonly description: string;
  readonly rights: readonly string[];
  readonly builtIn: boolean;
  readonly deleted: boolean;
}

export interface Right {
  readonly right: string;
  /** Whether it can be had for one's own data only. */
  readonly ownable: boolean;
  readonly description: string;
}

/** A link that is shown once. */
export interface OneTimeLink {
  readonly url: string;
  readonly expiresAt: Instant;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  /** Null for all that its creator has. */
  readonly rights?: readonly string[] | null;
  readonly createdAt: Instant;
  readonly expiresAt?: Instant | null;
  readonly lastUsedAt?: Instant | null;
  /** Id of the key that takes its place. */
  readonly replacedBy?: string;
}

/** What is known of the key that signs softphone tokens; not the key. */
export interface AccessKeyState {
  readonly set: boolean;
  readonly creator: string;
  readonly createdAt: Instant | null;
}

export interface ApiKeyShown extends Omit<ApiKey, "lastUsedAt" | "replacedBy"> {
  readonly key: string;
}

/** One thing that somebody did. */
export interface AuditEntry {
  readonly id: string;
  readonly at: Instant;
  readonly actor: { readonly id: string; readonly name: string; readonly role: string };
  readonly address: string;
  readonly requestId: string;
  readonly action: string;
  readonly object: string;
  readonly before?: unknown;
  readonly after?: unknown;
}
