// SPDX-License-Identifier: Apache-2.0

// A browser that is signed in, and that complains when the page does.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const wide = { width: 1440, height: 900 };
export const narrow = { width: 390, height: 844 };

export function launch() {
  return chromium.launch({ executablePath, args: flags });
}

/**
 * A page of its own, signed in unless told otherwise. What the page writes to the console as an error is kept in
 * `page.complaints`; refused requests and lost connections are what some tests are about, so they are not counted.
 */
export async function open(browser, tandem, where = "/", options = {}) {
  const { login = "admin", viewport = wide, ...rest } = options;
  const context = await browser.newContext({ viewport, timezoneId: "Europe/Lisbon", ...rest });
  context.setDefaultTimeout(15_000);
  if (login) {
    const response = await context.request.post(`${tandem.url}/api/v1/session`, { data: { login, password: "tandem" } });
    assert.equal(response.status(), 200, await response.text());
  }
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  await page.goto(tandem.url + where);
  return Object.assign(page, { complaints });
}

/** The screens of an administrator, by their addresses. */
export const places = [
  ...["/", "/calls", "/contacts", "/contacts/groups", "/contacts/duplicates", "/contacts/numbers", "/contacts/import", "/missed-calls", "/reminders", "/agents/live"],
  ...["/inbox", "/routing", "/routing?tab=queues", "/connect", "/integrations", "/call-button"],
  ...["/people", "/people?tab=roles", "/sip", "/sip?tab=providers", "/keys", "/audit", "/settings"],
];

/** A column of the board by its state. */
export function column(page, state) {
  return page.locator(`[data-state="${state}"]`);
}

/** A card on the board. */
export function card(page, text) {
  return page.locator("[data-call]", { hasText: text });
}

/** The side sheet that shows a call. */
export function sheet(page) {
  return page.getByRole("complementary");
}

/** The board has its first snapshot. */
export async function boardReady(page) {
  await page.locator('[data-connection="live"]').waitFor();
}

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
let axeSource;

/** Fails with what axe finds wrong on the page. */
export async function assertAccessible(page, name) {
  axeSource ??= await readFile(axePath, "utf8");
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    // Colours are read when nothing moves any more.
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
    const found = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((n) => n.html.slice(0, 160)).join("\n    ")}`);
  });
  assert.deepEqual(violations, [], `axe on ${name}`);
}
