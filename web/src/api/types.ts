// SPDX-License-Identifier: Apache-2.0

/** RFC 3339, UTC. */
export type Instant = string;

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it as `after` to read on; absent or empty at the end. */
  readonly next?: string | null;
}

export interface Me {
  readonly login: string;
  readonly name: string;
  readonly role: string;
  readonly rights: readonly string[];
  readonly tenant: Tenant;
}

export interface Tenant {
  readonly uuid: string;
  readonly slug: string;
  readonly name: string;
  readonly region: string;
  readonly timeZone: string;
}

export const callStates = ["NEW", "STANDBY", "WAITING", "ONGOING", "FINISHED"] as const;
export type CallState = (typeof callStates)[number];
export const directions = ["inbound", "outbound", "internal"] as const;
export type Direction = (typeof directions)[number];
export type Outcome = "" | "answered" | "abandoned" | "missed" | "expired";

export interface Caller {
  readonly contactId: string;
  readonly name: string;
}

export interface CallQueue {
  readonly number: string;
  readonly name: string;
}

export interface CallAgent {
  readonly actor: string;
  readonly number: string;
  readonly login: string;
  readonly name: string;
}

export type Stage = "new" | "standby" | "waiting" | "answered" | "ongoing" | "finished" | "ended";

/** A call as the live view carries it. */
export interface Card {
  readonly id: number;
  readonly callId: string;
  readonly connector: { readonly id: number; readonly name: string };
  /** Empty before the first event of the call itself. */
  readonly state: CallState | "";
  readonly direction: Direction | "";
  readonly outcome: Outcome;
  readonly code: string;
  readonly theirNumber: string;
  readonly ourNumber: string;
  readonly theirNational: string;
  readonly ourNational: string;
  readonly matchKey: string;
  readonly withheld: boolean;
  readonly caller: Caller | null;
  readonly queue: CallQueue | null;
  readonly agent: CallAgent | null;
  readonly times: Readonly<Partial<Record<Stage, Instant | null>>>;
  readonly events: number;
  readonly updatedAt: Instant;
  readonly position: number;
}

export interface Segment {
  readonly ringAt: Instant | null;
  readonly enteredAt: Instant | null;
  readonly leftAt: Instant | null;
  readonly outcome: string;
}

export interface Participant {
  readonly actor: string;
  readonly number: string;
  readonly name: string;
  readonly queue: string;
  readonly segments: readonly Segment[] | null;
}

export interface Anomaly {
  readonly kind: string;
  readonly count: number;
  readonly detail: string;
}

/** What the caller entered on the keypad, by what it was asked for. */
export interface Provided {
  readonly cpf?: string;
  readonly cnpj?: string;
  readonly data?: string;
  readonly nps?: string;
}

/** Who or what wanted a call to be made. */
export interface Wish {
  /** Empty for a visitor of a web site. */
  readonly by: string;
  readonly agent: string;
  /** Where the wish came from: page, for a visitor of a web site. */
  readonly about: Readonly<Record<string, string>>;
}

export interface Call extends Card {
  readonly participants: readonly Participant[] | null;
  readonly holdReported: boolean;
  readonly wrapUpReported: boolean;
  readonly recordings: readonly string[] | null;
  readonly provided: Provided | null;
  /** Why the call was made, if Tandem had it made. */
  readonly wish?: Wish | null;
  readonly anomalies: readonly Anomaly[] | null;
}

export interface CallEvent {
  readonly position: number;
  readonly type: string;
  readonly at: Instant;
  readonly received: Instant;
  /** How it stood to the call when it came; empty when it came in its turn. */
  readonly late: "" | "out_of_order" | "after_end";
  readonly skewMs: number;
  readonly timed: boolean;
  /** Null for what Tandem itself did. */
  readonly connector: { readonly id: number; readonly name: string } | null;
  readonly actor: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly raw: string | null;
}

export interface Counts {
  readonly userCount: number;
  readonly activeCallsCount: number;
  readonly eventCall: Readonly<
    Record<"new" | "standby" | "waiting" | "entered" | "ongoing" | "left" | "finished", number>
  >;
  readonly waitingNow?: number;
  readonly longestWaitSince?: Instant | null;
}

export interface Queue {
  readonly id: string;
  readonly number: string;
  readonly name: string;
}

export interface Hours {
  /** The tenant's own when absent. */
  readonly timeZone?: string;
  /** Every day when days are absent; an end before the start is on the next day. */
  readonly ranges: readonly {
    readonly days?: readonly string[];
    readonly from: string;
    readonly to: string;
  }[];
}

export interface When {
  readonly caller?: "known" | "new" | "withheld" | "any" | "";
  readonly callerPattern?: string;
  readonly calledPattern?: string;
  readonly group?: string;
  readonly hours?: Hours | null;
  readonly expression?: string;
}

export interface Rule {
  readonly id?: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly when: When;
  readonly destination: string;
}

export interface RuleSet {
  readonly version: number;
  readonly preset?: string;
  readonly items: readonly Rule[];
}

export interface RuleSetVersion {
  readonly version: number;
  readonly createdAt: Instant;
  readonly createdBy?: string;
  readonly preset?: string;
}

/** Where a call was sent and why. The log's words, so the names are the log's. */
export interface Decision {
  readonly destination?: string;
  /** Set when no destination is: no_rule or too_late. */
  readonly reason?: string;
  readonly ruleVersion?: number;
  readonly rule?: { readonly id: string; readonly name: string } | null;
  readonly preset?: string;
  readonly callerKnown?: boolean;
  readonly withheld?: boolean;
  readonly contactId?: string;
  readonly contactName?: string;
  readonly matched?: readonly { readonly condition: string; readonly value: string }[] | null;
  readonly rejected?:
    | readonly {
        readonly rule: string;
        readonly condition: string;
        readonly expected: string;
        readonly actual: string;
      }[]
    | null;
  readonly tookMicros?: number;
}

export type Dialect = "delegate" | "call.waiting";

export interface Connector {
  readonly id: number;
  readonly name: string;
  readonly dialect: Dialect;
  readonly webhookUrl: string;
  readonly webhookUser?: string;
  readonly webhookPassword?: string;
  readonly apiUrl: string;
  readonly apiUser: string;
  readonly clockToleranceSeconds: number;
  readonly staleAfterSeconds: number;
  readonly lastEventAt: Instant | null;
  readonly lastEventType: string | null;
  readonly eventsToday: number;
  readonly silentSince: Instant | null;
  readonly clockSkewSeconds?: number;
  /** Its clock is ahead of ours by more than the tolerance. */
  readonly clockAhead?: boolean;
  readonly createdAt: Instant;
}

export interface ConnectorChange {
  readonly name: string;
  readonly dialect: Dialect;
  readonly apiUrl: string;
  readonly apiUser: string;
  /** Left out when it stays as it is. */
  readonly apiPassword?: string;
  readonly clockToleranceSeconds: number;
  readonly staleAfterSeconds: number;
}

export interface ConnectorTest {
  readonly ok?: boolean;
  readonly status?: number;
  readonly tookMs?: number;
  readonly detail?: string;
}

export interface InboxItem {
  readonly id: string;
  readonly receivedAt: Instant;
  readonly connector: { readonly id: number; readonly name: string } | null;
  readonly path: string;
  readonly reason: string;
  readonly status: number;
  readonly size: number;
  readonly contentType: string;
  readonly body: string;
  readonly bodyEncoding?: "text" | "base64";
  readonly reprocessedAt: Instant | null;
  readonly eventPosition: number | null;
}

export interface Reprocessed {
  readonly stored: number;
  readonly duplicate: number;
  readonly failed: number;
}

/** The button that a call centre gives its web sites. */
export interface CallButton {
  readonly _id: string;
  readonly header: string;
  readonly content: string;
  /** #rgb or #rrggbb. */
  readonly color: string;
  readonly position: string;
  /** Seconds between the page's loading and the button's showing. */
  readonly delay: number;
  readonly activated: boolean;
  readonly destination: string;
  readonly destinationType: string;
  readonly origins: readonly string[];
  readonly countries: readonly string[];
  readonly hours?: Hours | null;
  readonly consent: string;
  /** Path of the script that shows it. */
  readonly script: string;
}

export type CallButtonChange = Omit<CallButton, "_id" | "script">;

/** A visitor who asked to be called. */
export interface CallButtonRequest {
  readonly id: string;
  readonly at: Instant;
  readonly number: string;
  /** The number as people of the call centre's region write it. */
  readonly national: string;
  readonly origin: string;
  readonly page: string;
  /** The words that were agreed to. */
  readonly consent: string;
  readonly outgoingCall: string;
}

export const agentStates = ["busy", "ringing", "wrap_up", "paused", "free", "logged_out"] as const;
export type AgentStateName = (typeof agentStates)[number];

/** What an agent does now. */
export interface AgentState {
  readonly _id: string;
  readonly login: string;
  readonly name: string;
  readonly extension: string;
  readonly queues: readonly string[];
  readonly state: AgentStateName;
  readonly reason: string;
  /** Null when nothing was ever reported of them. */
  readonly since: Instant | null;
  /** When wrap-up ends by itself; nobody says so then. */
  readonly until: Instant | null;
  readonly call: { readonly id: number } | null;
  /** What they will do after the call, unless be free. */
  readonly next: "paused" | "logged_out" | "";
  readonly position: number;
}

export interface PauseReason {
  readonly id: string;
  readonly name: string;
}

/** How long the agents of a call centre rest after a call. */
export interface WrapUp {
  /** 0 for no wrap-up. */
  readonly seconds: number;
}

/** What an agent, or somebody for them, chooses to do. */
export interface AgentStateChange {
  readonly state: "paused" | "free" | "logged_out";
  readonly reason?: string;
}

export interface OutgoingAttempt {
  readonly at: Instant | null;
  readonly endedAt: Instant | null;
  readonly result: "success" | "failure" | "";
  readonly reason: string;
}

export type OutgoingState = "requested" | "sent" | "dialing" | "connected" | "failed" | "expired" | "missed";

/** A call that the phone system was asked to make. */
export interface OutgoingCall {
  readonly id: string;
  readonly state: OutgoingState;
  readonly reason: string;
  readonly to: string;
  readonly destination: string;
  readonly retries: number;
  readonly createdAt: Instant;
  readonly attempts: readonly OutgoingAttempt[];
  readonly call: { readonly id: number; readonly callId: string; readonly state: string } | null;
}

export interface OutgoingCallChange {
  readonly agent: string;
  readonly to: string;
  readonly retries: number;
  readonly retryGap: string;
  readonly ttl: string;
}
