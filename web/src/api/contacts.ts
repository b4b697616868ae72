// SPDX-License-Identifier: Apache-2.0

import type { Instant } from "./types";

// What the customer service tells of people, in the words of the API. Times are Unix milliseconds where a member is a number.

export interface Contact {
  readonly _id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly gender: string;
  readonly email: string;
  /** As typed, or as the phone system sent it. */
  readonly phone: string;
  /** As people of the call centre's region write it. */
  readonly phoneNational: string;
  /** Numbers besides phone. */
  readonly numbers: readonly ContactNumber[];
  /** Masked but for who may see it. */
  readonly cpf: string;
  readonly avatar: string;
  readonly creator: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deleted: boolean;
}

export interface ContactNumber {
  readonly number: string;
  readonly label?: string;
  /** Of a number that was stored. */
  readonly national?: string;
}

export type ContactChange = Pick<Contact, "firstName" | "lastName" | "gender" | "email" | "phone" | "cpf"> & {
  readonly numbers: readonly ContactNumber[];
};

export interface ContactGroup {
  readonly _id: string;
  readonly name: string;
  readonly description: string;
  /** A list of contacts, or a filter that chooses them. */
  readonly kind: "list" | "filter";
  readonly shared: boolean;
  /** Of a list. */
  readonly contactList: readonly string[];
  readonly filter: {
    readonly search?: string;
    readonly creator?: string;
    readonly from?: number;
    readonly to?: number;
    readonly hasNumber?: boolean;
  };
}

export type ContactGroupChange = Pick<ContactGroup, "name" | "description" | "shared"> & {
  readonly kind: string;
  readonly filter?: ContactGroup["filter"];
};

/** What Tandem makes of a number. */
export interface ReadNumber {
  readonly number: string;
  readonly matchKey: string;
  readonly e164: string;
  readonly national: string;
  readonly withheld: boolean;
  readonly region: string;
}

export type MatchReason = "exact" | "same last nine digits" | "talked today" | "talked yesterday" | "owner";

/** A contact that may be behind a number, and why. */
export interface RankedContact {
  readonly contact: Contact;
  readonly reasons: readonly MatchReason[];
  readonly score: number;
}

export type ActivityType = "note" | "calllog" | "reminder" | "sms";

export interface ActivityBody {
  readonly idCalllog?: string;
  readonly status?:
    | "success"
    | "missed"
    | "rejected"
    | "busy"
    | "connected"
    | "checked"
    | "unchecked"
    | "pending"
    | "sent"
    | "failed"
    | "";
  /** Seconds. */
  readonly duration?: number;
  readonly direction?: "incoming" | "outgoing" | "";
  readonly source?: string;
  readonly destination?: string;
  readonly remindedAgent?: string;
  readonly duedate?: number;
  readonly to?: string;
  readonly error?: string;
}

/** One thing that happened with a contact. */
export interface Activity {
  readonly _id: string;
  readonly creator: string;
  readonly idContact: string;
  readonly text: string;
  readonly type: ActivityType;
  readonly body: ActivityBody;
  /** log: Tandem wrote it about a call, and nobody can change it. */
  readonly origin: "log" | "api";
  readonly call?: { readonly id: number } | null;
  readonly at: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deleted: boolean;
}

export interface Reminder extends Activity {
  readonly due: boolean;
  readonly contact?: { readonly _id: string; readonly name: string } | null;
}

/** A number that called and was not answered. */
export interface MissedCall {
  readonly id: string;
  readonly number: string;
  readonly national: string;
  readonly matchKey: string;
  /** Calls missed since the number was last reached. */
  readonly count: number;
  readonly firstAt: Instant;
  readonly newestAt: Instant;
  readonly call: { readonly id: number };
  readonly open: boolean;
  readonly reachedAt?: Instant | null;
  readonly contact?: { readonly _id: string; readonly name: string } | null;
  readonly claim?: {
    readonly agent: { readonly _id: string; readonly name: string };
    readonly at: Instant;
  } | null;
}

/** Contacts that may be the same, the oldest first. */
export interface ContactTwins {
  /** What they have in common. */
  readonly reason: "number" | "email";
  readonly contacts: readonly Contact[];
}

/** How people call a contact; its number when it has no name. */
export function nameOf(contact: Pick<Contact, "firstName" | "lastName" | "phoneNational" | "email">): string {
  return `${contact.firstName} ${contact.lastName}`.trim() || contact.phoneNational || contact.email;
}
