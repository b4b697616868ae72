// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { boardReady, card, column, launch, open } from "./browser.mjs";
import { Tandem } from "./tandem.mjs";

let tandem;
let browser;
before(async () => {
  [tandem, browser] = await Promise.all([Tandem.start(), launch()]);
});
after(async () => {
  await browser?.close();
  await tandem?.close();
});

async function anotherPort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// A restart must neither lose what happened nor hide that something did. While the browser waits at the old address
// the program runs at another one, so what happens then is certainly missed.
test("after a restart the board comes back by itself and says what it missed", async () => {
  await tandem.tell("r-1", ["call.new"]);
  await tandem.tell("r-2", ["call.new"]);
  await tandem.tell("r-3", ["call.new"]);
  const page = await open(browser, tandem);
  await card(page, "r-1").waitFor();
  const home = tandem.port;

  await tandem.halt();
  await page.getByText(/Live view lost \d+ s ago, reconnecting/).waitFor();
  await card(page, "r-1").waitFor(); // what was known stays, greyed
  const grey = await page.getByRole("group", { name: "Calls by state" }).evaluate((e) => getComputedStyle(e).filter);
  assert.match(grey, /grayscale/);

  await tandem.run(await anotherPort());
  await tandem.tell("r-1", ["call.ongoing"]);
  await tandem.tell("r-2", ["call.finished"]);
  await tandem.halt();
  await tandem.run(home);
  await page.getByText("Reconnected, 2 calls changed while away").waitFor({ timeout: 30_000 });
  await column(page, "ONGOING").locator("[data-call]", { hasText: "r-1" }).waitFor();
  await column(page, "FINISHED").locator("[data-call]", { hasText: "r-2" }).waitFor();
  await column(page, "NEW").locator("[data-call]", { hasText: "r-3" }).waitFor();
  await page.getByRole("button", { name: "Dismiss" }).click();

  await tandem.tell("r-3", ["call.ongoing"]);
  await column(page, "ONGOING").locator("[data-call]", { hasText: "r-3" }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a short loss says that nothing was missed", async () => {
  const page = await open(browser, tandem);
  await boardReady(page);
  const home = tandem.port;
  await tandem.halt();
  await page.getByText(/Live view lost/).waitFor();
  await tandem.run(home);
  await page.getByText("Reconnected, nothing changed while away").waitFor({ timeout: 30_000 });
  await page.context().close();
});

test("signing out elsewhere ends the live view and asks to sign in again", async () => {
  const page = await open(browser, tandem, "/calls");
  await boardReady(page);
  await page.context().request.delete(`${tandem.url}/api/v1/session`);
  await page.getByRole("heading", { name: "Sign in to Tandem" }).waitFor();
  assert.match(page.url(), /next=/);
  await page.context().close();
});

test("while the program is away every screen says so, and goes on afterwards", async () => {
  const page = await open(browser, tandem, "/");
  const all = ["CallsPage", "InboxPage", "RoutingPage", "ConnectPage"];
  await page.waitForFunction((names) => {
    const fetched = performance.getEntriesByType("resource").map(({ name }) => name);
    return names.every((name) => fetched.some((each) => each.includes(name)));
  }, all);
  const { port } = tandem;
  await tandem.halt();
  await page.getByRole("link", { name: "Routing" }).click();
  await page.getByRole("heading", { name: "Tandem does not answer" }).waitFor();
  await tandem.run(port);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("grid", { name: "Rules, in order" }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
