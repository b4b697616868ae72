// SPDX-License-Identifier: Apache-2.0

import type { Instant } from "./types";

// What administrators and operators set: SIP accounts and providers, a call centre's settings, and call centres.

/** A hotline's registration at a phone provider. */
export interface SipAccount {
  /** The hotline's number. */
  readonly _id: string;
  readonly domain: string;
  readonly extension: string;
  readonly proxy: string;
  readonly passwordSet: boolean;
  readonly deleted: boolean;
}

export type SipAccountChange = Pick<SipAccount, "_id" | "domain" | "extension" | "proxy"> & {
  /** Left out when it stays as it is; empty to remove it. */
  readonly password?: string;
};

/** Who rents out numbers, and what calls cost there. */
export interface SipProvider {
  readonly _id: string;
  readonly name: string;
  readonly phone: string;
  readonly phoneList: readonly string[];
  readonly firm: string;
  /** ISO 4217; empty when unknown. */
  readonly currency: string;
  // Costs are texts as they stand in the contract.
  readonly tollCost: string;
  readonly innerCost: string;
  readonly outerCost: string;
  readonly serviceCost: string;
  readonly deleted: boolean;
}

export type SipProviderChange = Omit<SipProvider, "_id" | "deleted" | "currency"> & {
  /** Left out when the costs name it. */
  readonly currency?: string;
};

export const kinds = ["calls", "recordings", "audit", "deliveries"] as const;

/** For how many days what is kept; 0 is for ever. */
export type Retention = Readonly<Record<(typeof kinds)[number], number>>;

/** What keeping calls for so many days comes to. */
export interface RetentionPreview {
  readonly days: number;
  /** How many calls there are now that would go. */
  readonly calls: number;
  /** When old calls were last looked for; null for never. */
  readonly appliedAt: Instant | null;
}

/** What a call centre says of itself. */
export interface Settings {
  readonly name: string;
  readonly region: string;
  readonly timeZone: string;
  /** The first is the usual one. */
  readonly locales: readonly string[];
  readonly retentionDays: Retention;
}

/** One thing there may be only so much of. */
export interface LimitUse {
  readonly name: string;
  /** Null when there is none. */
  readonly limit: number | null;
  /** Null where nobody counts. */
  readonly used: number | null;
  readonly per: "total" | "day" | "second" | "import";
}

export const limitNames = [
  "contacts",
  "agents",
  "keys",
  "endpoints",
  "importsPerDay",
  "importRows",
  "requestsPerSecond",
  "webhooksPerSecond",
] as const;

/** How much a call centre may do; 0 is no limit. */
export type Limits = Readonly<Record<(typeof limitNames)[number], number>>;

/** A call centre as an operator sees it. */
export interface Account extends Settings {
  readonly uuid: string;
  readonly slug: string;
  readonly limits: Limits;
  readonly state: "active" | "suspended" | "erasing";
  readonly suspendedAt: Instant | null;
  readonly createdAt: Instant;
}

export type AccountChange = Pick<Account, "name" | "region" | "timeZone" | "limits">;

export interface NewAccount {
  readonly name: string;
  readonly slug: string;
  readonly region?: string;
  readonly timeZone?: string;
  readonly admin: { readonly login: string; readonly password: string };
}
