// SPDX-License-Identifier: Apache-2.0

import type { Instant } from "./types";

// What is told to other systems, in the words of the API. Times are Unix milliseconds where a member is a number.

/** Settings as JSON has them. */
export type Settings = Readonly<Record<string, unknown>>;

/** A JSON Schema, as far as forms read it. */
export interface Schema {
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaProperty>>;
}

export interface SchemaProperty {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly maxLength?: number;
}

export interface Template {
  /** A name for those that come with Tandem. */
  readonly _id: string;
  readonly name: string;
  readonly description: string;
  readonly builtIn: boolean;
  readonly action: "http" | "crm" | "popup";
  readonly events: readonly string[];
  readonly filter: string;
  readonly method: string;
  readonly mapping: string;
  readonly auth: "none" | "signature" | "integrator";
  readonly settingsSchema: Schema;
  readonly updatedAt: number;
}

export interface TemplateChange {
  readonly name: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly filter: string;
  readonly mapping: string;
  readonly auth: Template["auth"];
  readonly settingsSchema: unknown;
}

export interface Lookup {
  readonly path: string;
  readonly idPath: string;
  readonly namePath: string;
  readonly page?: string;
}

export interface Integrator {
  readonly _id: string;
  readonly name: string;
  readonly description: string;
  readonly baseUrl: string;
  readonly auth: "none" | "basic" | "bearer" | "header";
  readonly login: string;
  readonly header: string;
  readonly hasSecret: boolean;
  readonly lookup?: Lookup;
  readonly updatedAt: number;
}

export interface IntegratorChange {
  readonly name: string;
  readonly baseUrl: string;
  readonly auth: Integrator["auth"];
  readonly login: string;
  readonly header: string;
  readonly secret?: string;
  readonly lookup?: Lookup;
}

export interface LookupResult {
  /** Null when nobody was found. */
  readonly contact: { readonly id: string; readonly name: string; readonly page?: string } | null;
  readonly exchange: Exchange;
}

export interface Replay {
  readonly id: string;
  /** 0 to 1. */
  readonly progress: number;
  readonly matched: number;
  readonly createdAt: Instant | null;
  readonly finishedAt: Instant | null;
}

export interface Endpoint {
  readonly _id: string;
  readonly name: string;
  readonly template: string;
  /** Empty for none. */
  readonly integrator: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly filter: string;
  readonly settings: Settings;
  readonly enabled: boolean;
  readonly disabledReason: "" | "by hand" | "gone" | "unreachable";
  readonly disabledAt: Instant | null;
  /** Null while deliveries succeed. */
  readonly failingSince: Instant | null;
  readonly lastError: string;
  readonly hasSecret: boolean;
  /** Only in the answer that made it. */
  readonly secret?: string;
  readonly pending: number;
  readonly replay: Replay | null;
}

export interface EndpointChange {
  readonly name: string;
  readonly template: string;
  readonly integrator: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly filter: string;
  readonly settings: Settings;
  readonly enabled: boolean;
}

/** A request and its answer. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly tookMs: number;
  readonly error?: string;
}

export const deliveryStates = ["pending", "sent", "failed", "skipped"] as const;

export interface Delivery {
  /** Position of the event. */
  readonly id: number;
  readonly webhookId: string;
  readonly type: string;
  readonly stream: string;
  readonly status: (typeof deliveryStates)[number];
  readonly origin: "event" | "replay" | "resend" | "test";
  readonly attempts: number;
  readonly nextAttemptAt: Instant | null;
  readonly createdAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly httpStatus: number;
  readonly tookMs: number;
  readonly error: string;
  readonly exchanges: readonly Exchange[] | null;
}
