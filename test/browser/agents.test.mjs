// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, launch, narrow, open, sheet } from "./browser.mjs";
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

const grid = (page) => page.getByRole("grid", { name: "Agents" });
const row = (page, name) => grid(page).getByRole("row", { name });

/** The names in the order of the list. */
async function names(page) {
  const rows = await grid(page).locator("[data-index] bdi").allTextContents();
  return rows.join(" ");
}

async function expectNames(page, wanted) {
  await page.waitForFunction(
    (text) => [...document.querySelectorAll("[data-index] bdi")].map((each) => each.textContent).join(" ") === text,
    wanted,
  );
}

test("agents turn busy and free before the eyes, the busy first, and their call opens beside", async () => {
  const page = await open(browser, tandem, "/agents/live");
  await row(page, "Ana").getByText("Free").waitFor();
  assert.equal(await names(page), "Ana Bruno Chi Dũng");
  const dung = { actor: "dung@demo.example", number: "203" };
  await tandem.tell("busy-1", ["call.new"]);
  await tandem.tell("busy-1", ["actor.ringing"], dung);
  await row(page, "Dũng").getByText("Ringing").waitFor();
  await tandem.tell("busy-1", ["actor.entered"], dung);
  await row(page, "Dũng").getByText("Busy").waitFor();
  await expectNames(page, "Dũng Ana Bruno Chi");
  assert.equal(await row(page, "Dũng").getByRole("button", { name: /Call somebody/ }).count(), 0);
  await row(page, "Dũng").getByText("Busy").click();
  await sheet(page).getByText("busy-1").first().waitFor();
  await assertAccessible(page, "agents");
  await page.keyboard.press("Escape");

  // While somebody points at the list nothing moves away from under the pointer.
  await row(page, "Ana").hover();
  await tandem.tell("busy-1", ["actor.left"], dung);
  await row(page, "Dũng").getByText("Wrapping up").waitFor();
  await tandem.tell("busy-2", ["call.new"]);
  await tandem.tell("busy-2", ["actor.entered"], { actor: "chi@demo.example", number: "202" });
  await row(page, "Chi").getByText("Busy").waitFor();
  assert.equal(await names(page), "Dũng Ana Bruno Chi");
  await page.mouse.move(5, 5);
  await expectNames(page, "Chi Dũng Ana Bruno");
  await row(page, "Dũng").getByText("Free").waitFor();
  await tandem.tell("busy-2", ["actor.left", "call.finished"], { actor: "chi@demo.example", number: "202" });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the list is searched by number and name, ordered and narrowed, and the address says so", async () => {
  const page = await open(browser, tandem, "/agents/live?sort=name");
  await expectNames(page, "Ana Bruno Chi Dũng");
  await page.getByRole("searchbox", { name: "Find a name or number" }).fill("203");
  await expectNames(page, "Dũng");
  assert.match(page.url(), /q=203/);
  await page.getByRole("searchbox").fill("dung");
  await expectNames(page, "Dũng");
  await page.getByRole("searchbox").fill("nobody");
  await page.getByText("No agent matches").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expectNames(page, "Ana Bruno Chi Dũng");
  await page.goto(`${tandem.url}/agents/live?state=busy`);
  await page.getByText("No agent matches").waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a call is ordered once for a free agent, and what becomes of it is shown", async () => {
  const page = await open(browser, tandem, "/agents/live");
  await row(page, "Bruno").getByRole("button", { name: "Call somebody for Bruno" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Number to call").fill("12");
  await dialog.getByRole("button", { name: "Call", exact: true }).click();
  await dialog.getByText("must be a phone number").waitFor();
  await dialog.getByLabel("Number to call").fill("0900 000 001");
  await dialog.getByRole("button", { name: "Call", exact: true }).click();
  await dialog.locator('[data-outcome="failed"]').waitFor({ timeout: 20_000 });
  await dialog.getByText("Nobody was reached").waitFor();
  await dialog.getByText("· busy").waitFor();
  await assertAccessible(page, "the outcome of a call");
  await dialog.getByRole("button", { name: "Call again" }).click();
  await dialog.getByLabel("Number to call").fill("0900000000");
  await dialog.getByRole("button", { name: "Call", exact: true }).click();
  await dialog.locator('[data-outcome="connected"]').waitFor({ timeout: 30_000 });
  await dialog.getByRole("button", { name: "Open the call" }).click();
  await sheet(page).waitFor();
  const { items } = await tandem.api("GET", "/api/v1/outgoing-calls");
  assert.deepEqual(items.map(({ to, state }) => `${to} ${state}`), ["0900000000 connected", "0900000001 failed"]);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("agents pause for a reason of their call centre, and others see why", async () => {
  const supervisor = await open(browser, tandem, "/agents/live");
  await row(supervisor, "Ana").getByText("Free").waitFor();
  const ana = await open(browser, tandem, "/agents/live", { login: "ana" });
  await ana.getByRole("button", { name: "What I do" }).click();
  await ana.getByRole("menuitem", { name: "Pause: Lunch" }).click();
  await row(supervisor, "Ana").getByText("Paused: Lunch").waitFor();
  assert.equal(await row(ana, "Bruno").getByRole("button", { name: "What Bruno does" }).count(), 0);
  await row(supervisor, "Ana").getByRole("button", { name: "What Ana does" }).click();
  await supervisor.getByRole("menuitem", { name: "Free" }).click();
  await row(ana, "Ana").getByText("Free").waitFor();
  assert.deepEqual([...supervisor.complaints, ...ana.complaints], []);
  await Promise.all([supervisor.context().close(), ana.context().close()]);
});

test("a call centre has reasons of its own to pause, and a rest after calls", async () => {
  const page = await open(browser, tandem, "/agents/live");
  await page.getByRole("button", { name: "Pauses and rest" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("New reason").fill("Training");
  await dialog.getByRole("button", { name: "Add" }).click();
  await dialog.getByText("There is a reason of this name already.").waitFor();
  await dialog.getByLabel("New reason").fill("Doctor");
  await dialog.getByRole("button", { name: "Add" }).click();
  await dialog.getByRole("listitem").filter({ hasText: "Doctor" }).waitFor();
  await dialog.getByRole("button", { name: "Remove Training" }).click();
  await dialog.getByRole("listitem").filter({ hasText: "Training" }).waitFor({ state: "detached" });
  await dialog.getByLabel("Seconds to rest after a call").fill("7");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  await assertAccessible(page, "pauses");
  const { items } = await tandem.api("GET", "/api/v1/pause-reasons");
  assert.deepEqual(items.map(({ name }) => name), ["Lunch", "Doctor"]);
  assert.equal((await tandem.api("GET", "/api/v1/agents/wrap-up")).seconds, 7);
  const agent = await open(browser, tandem, "/agents/live", { login: "ana" });
  await row(agent, "Ana").waitFor();
  assert.equal(await agent.getByRole("button", { name: "Pauses and rest" }).count(), 0);
  assert.deepEqual([...page.complaints, ...agent.complaints], []);
  await Promise.all([page.context().close(), agent.context().close()]);
});

test("on a telephone who works here fits, and the matrix of roles moves within itself", async () => {
  for (const where of ["/people", "/people?tab=roles"]) {
    const page = await open(browser, tandem, where, { viewport: narrow });
    await page.getByRole("table").waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    assert.equal(wide, false, where);
    if (where === "/people") {
      const more = await page.getByRole("button", { name: "More about Ana" }).boundingBox();
      assert.ok(more && more.x + more.width <= narrow.width);
    }
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test("on a telephone an agent is two lines and a button", async () => {
  const page = await open(browser, tandem, "/agents/live", { viewport: narrow });
  await row(page, "Ana").getByText("Free").waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(wide, false);
  await assertAccessible(page, "agents on a telephone");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
