// SPDX-License-Identifier: Apache-2.0

import type { Instant } from "./types";

// Files of contacts on their way in, in the words of the API.

export const importFields = [
  "firstName",
  "lastName",
  "name",
  "phone",
  "number",
  "email",
  "gender",
  "cpf",
  "avatar",
] as const;
/** What a column says of a contact; empty when it is left out. */
export type ImportField = (typeof importFields)[number] | "";

export type ImportState = "uploaded" | "running" | "stopped" | "done" | "undoing" | "undone";

export const duplicateChoices = ["update", "skip", "create"] as const;
export type OnDuplicate = (typeof duplicateChoices)[number];

export interface RowError {
  /** Line of a CSV file; of vCards which one. */
  readonly row: number;
  readonly field: string;
  readonly detail: string;
}

export interface ImportCounts {
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
  readonly remainingSeconds: number | null;
  readonly created: number;
  readonly changed: number;
  readonly same: number;
  readonly skipped: number;
  readonly invalid: number;
}

export interface ContactImport {
  readonly id: string;
  readonly state: ImportState;
  readonly fileName: string;
  readonly format: "csv" | "vcard";
  readonly encoding: string;
  readonly rows: number;
  readonly columns: readonly string[];
  readonly sample: readonly (readonly string[])[];
  readonly suggestedMapping: readonly string[];
  readonly mapping: readonly string[];
  readonly progress: ImportCounts;
  readonly errors: readonly RowError[];
  readonly errorsTotal: number;
  /** Why it stopped by itself. */
  readonly fault: string;
  readonly undo: {
    readonly done: number;
    readonly total: number;
    readonly removed: number;
    readonly restored: number;
    readonly kept: number;
  };
  readonly createdAt: Instant;
}

export interface ImportTrial {
  readonly rows: number;
  readonly new: number;
  readonly changed: number;
  readonly same: number;
  readonly invalid: number;
  readonly errors: readonly RowError[];
  readonly errorsTotal: number;
}
