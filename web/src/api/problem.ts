// SPDX-License-Identifier: Apache-2.0

/** One part of the input that was refused. */
export interface ProblemField {
  readonly name: string;
  readonly detail: string;
}

/** Why a request failed, as the server says it (RFC 9457), with the id to look it up by. */
export class Problem extends Error {
  /** 0 when the server could not be reached at all. */
  readonly status: number;
  /** Stable, for programs: "connector.not_found". */
  readonly code: string;
  readonly requestId: string;
  readonly fields: readonly ProblemField[];

  constructor(
    status: number,
    code: string,
    detail: string,
    requestId = "",
    fields: readonly ProblemField[] = [],
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.fields = fields;
  }

  /** The sentence about one field of a form, if there is one. */
  field(name: string): string | undefined {
    return this.fields.find((f) => f.name === name || f.name.endsWith(`.${name}`))?.detail;
  }
}

/** The status a server that cannot be reached is given. */
export const unreachable = 0;

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function fieldsOf(body: Record<string, unknown>): ProblemField[] {
  const list = [body.fields, body.errors].find(Array.isArray) ?? [];
  return list.filter(isRecord).map((f) => ({
    name: text(f.name) || text(f.location),
    detail: text(f.detail) || text(f.message),
  }));
}

/** Tells what a code means in the reader's language, for the codes that have words; the others stay as the server says. */
let wordsOf: (code: string) => string | undefined = () => undefined;

export function sayProblemsBy(words: (code: string) => string | undefined): void {
  wordsOf = words;
}

/** Reads a refusal, whatever shape its body has. */
export async function problemOf(response: Response): Promise<Problem> {
  const id = response.headers.get("X-Request-Id") ?? "";
  const body: unknown = await response.json().catch(() => null);
  if (!isRecord(body)) {
    return new Problem(response.status, "", response.statusText, id);
  }
  const code = text(body.code);
  const detail = wordsOf(code) || text(body.detail) || text(body.title) || response.statusText;
  return new Problem(response.status, code, detail, id || text(body.requestId), fieldsOf(body));
}
