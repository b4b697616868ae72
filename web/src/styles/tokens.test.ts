// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

function tokens(block: RegExp): Map<string, string> {
  const body = block.exec(css)?.[1] ?? "";
  return new Map([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));
}

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const states = ["ringing", "waiting", "talking", "missed", "finished", "paused"];
const grounds = ["canvas", "surface", "sunken", "hover"];

// Text is 4.5 to 1 on every ground it may stand on; what is not text but carries meaning is 3 to 1 (WCAG 1.4.3 and 1.4.11).
describe.each([
  ["light", /:root \{([^}]*)\}/],
  ["dark", /:root\[data-theme="dark"\] \{([^}]*)\}/],
])("%s", (_, block) => {
  const of = tokens(block);
  const color = (name: string) => of.get(name) ?? expect.fail(`no token ${name}`);
  const text: [string, string][] = [
    ...["ink", "ink-muted", "ink-faint", "accent-ink"].flatMap((ink) =>
      grounds.map((g) => [ink, g] as [string, string]),
    ),
    ...states.flatMap((s) => [`${s}-soft`, ...grounds].map((g) => [`${s}-ink`, g] as [string, string])),
    ["accent-ink", "accent-soft"],
    ["ink", "accent-soft"],
    ["ink-muted", "accent-soft"],
    ["on-accent", "accent"],
    ["on-accent", "accent-hover"],
  ];
  const shapes: [string, string][] = [...states, "accent", "line-strong"].flatMap((s) =>
    ["canvas", "surface"].map((g) => [s, g] as [string, string]),
  );

  it.each(text)("%s on %s reads", (ink, ground) => {
    expect(contrast(color(ink), color(ground))).toBeGreaterThanOrEqual(4.5);
  });
  it.each(shapes)("%s on %s is seen", (shape, ground) => {
    expect(contrast(color(shape), color(ground))).toBeGreaterThanOrEqual(3);
  });
});
