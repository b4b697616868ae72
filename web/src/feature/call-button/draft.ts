// SPDX-License-Identifier: Apache-2.0

import type { CallButton, CallButtonChange, Hours } from "@/api/types";

export const places = [
  "bottom-right",
  "bottom-left",
  "bottom-center",
  "left-center",
  "right-center",
] as const;

/** The button as it stands in the form: everything as it is typed. */
export interface Draft {
  readonly header: string;
  readonly content: string;
  readonly color: string;
  readonly position: string;
  readonly delay: string;
  readonly activated: boolean;
  readonly destination: string;
  readonly destinationType: string;
  readonly origins: string;
  readonly countries: string;
  readonly hours: Hours | null;
  readonly consent: string;
}

export function draftOf(button: CallButton | null, header: string, region: string): Draft {
  return {
    header: button?.header ?? header,
    content: button?.content ?? "",
    color: button?.color ?? "#0f6674",
    position: button?.position ?? "bottom-right",
    delay: String(button?.delay ?? 3),
    activated: button?.activated ?? false,
    destination: button?.destination ?? "",
    destinationType: button?.destinationType ?? "queue",
    origins: (button?.origins ?? []).join("\n"),
    countries: (button?.countries ?? [region]).join(" "),
    hours: button?.hours ?? null,
    consent: button?.consent ?? "",
  };
}

const words = (text: string) => text.split(/[\s,;]+/).filter(Boolean);

/** A web site as browsers name it, whatever page of it was pasted; what is none is left to the server to refuse. */
function originOf(text: string): string {
  const site = URL.canParse(text) ? new URL(text) : null;
  return site && /^https?:$/.test(site.protocol) ? site.origin : text;
}

export function changeOf(draft: Draft): CallButtonChange {
  const { hours, ...rest } = draft;
  return {
    ...rest,
    delay: Number(draft.delay.replace(",", ".")) || 0,
    origins: words(draft.origins).map(originOf),
    countries: words(draft.countries.toUpperCase()),
    ...(hours ? { hours } : {}),
  };
}

/** A colour as the browser's own picker wants it: #rrggbb; grey for what is none. */
export function longColor(color: string): string {
  if (/^#[0-9a-f]{6}$/i.test(color)) return color;
  return /^#[0-9a-f]{3}$/i.test(color) ? color.replace(/[^#]/g, "$&$&") : "#767676";
}

/** The address of the script that shows the button as it is being designed. */
export function previewAddress(draft: Draft): string {
  const query = new URLSearchParams({
    header: draft.header || "…",
    content: draft.content,
    color: longColor(draft.color),
    position: draft.position,
    consent: draft.consent,
  });
  return `/click-to-call/preview.js?${query}`;
}
