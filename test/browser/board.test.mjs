// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { boardReady, card, column, launch, narrow, open, sheet } from "./browser.mjs";
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

// The main job: what a phone system posts is seen at once, and moves as the call moves.
test("a posted call appears on the board and moves across it", async () => {
  const page = await open(browser, tandem);
  await boardReady(page);
  await page.getByRole("heading", { name: "No call yet" }).waitFor();

  const { context, ...states } = { context: "b-1", NEW: "call.new", WAITING: "call.waiting", ONGOING: "call.ongoing", FINISHED: "call.finished" };
  for (const [state, type] of Object.entries(states)) {
    if (type === "call.ongoing") {
      await tandem.tell(context, ["actor.entered"]);
    }
    await tandem.tell(context, [type]);
    await column(page, state).locator("[data-call]", { hasText: context }).waitFor();
    assert.equal(await card(page, context).count(), 1, `one card only in ${state}`);
  }
  const finished = card(page, context);
  assert.match(await finished.innerText(), /0901 ?234 ?567|090 ?123 ?45 ?67/);
  assert.match(await finished.innerText(), /900/);
  assert.match(await finished.innerText(), /Ana/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the figures are those of the dashboard", async () => {
  await tandem.tell("b-2", ["call.new", "call.waiting"]);
  const page = await open(browser, tandem);
  await boardReady(page);
  const figures = page.getByLabel("Figures of the moment");
  await figures.locator("div", { hasText: /^1\s*Waiting now$/ }).first().waitFor();
  const { data } = await tandem.api("GET", "/api/dashboard/count");
  const shown = async (label) => {
    const value = await figures.locator(`div:has(> dt:text-is("${label}")) > dd, div:has(> dt > span:text-is("${label}")) > dd`).innerText();
    return Number(value.replace(/\D/g, ""));
  };
  for (const [key, label] of Object.entries({ new: "New", waiting: "Waiting", entered: "Entered", ongoing: "Ongoing", finished: "Finished" })) {
    assert.equal(await shown(label), data.eventCall[key], label);
  }
  assert.equal(await shown("Active calls"), data.activeCallsCount);
  assert.equal(await shown("Contacts"), data.userCount);
  await tandem.tell("b-2", ["call.finished"]);
  await page.context().close();
});

// Why a call went where it went must be readable where the call is.
test("the sheet tells the call: events, raw body, decision, command, and any instant of it", async () => {
  await tandem.tell("b-3", ["call.new", "call.standby"]);
  await until(async () => {
    const { items } = await tandem.api("GET", "/api/v1/calls?search=b-3");
    const events = await tandem.api("GET", `/api/v1/calls/${items[0].id}/events`);
    return events.items.some((event) => event.type.startsWith("command."));
  });
  await tandem.tell("b-3", ["call.waiting", "actor.entered", "call.ongoing", "actor.left", "call.finished"]);
  const page = await open(browser, tandem);
  await card(page, "b-3").click();
  const side = sheet(page);
  await side.getByText("Call arrived").waitFor();
  assert.match(page.url(), /[?&]call=\d+/);

  await side.getByText(/^Send to 90\d/).waitFor();
  await side.getByText(/Rule “.+” applies because the caller is/).waitFor();
  await side.getByText(/Asked the phone system to send the call to 90\d/).waitFor();

  const first = side.getByRole("listitem").filter({ hasText: "call.new" });
  await first.getByRole("button", { name: "Show the raw body" }).click();
  assert.match(await first.locator("pre").innerText(), /"call_id":\s*"b-3"/);

  assert.equal((await side.getByTestId("sheet-state").innerText()).trim(), "Finished");
  await side.getByRole("listitem").filter({ hasText: "call.waiting" }).getByRole("button", { name: "Show the call as it was then" }).click();
  await side.getByText("As it was at").waitFor();
  await side.getByTestId("sheet-state").getByText("Waiting").waitFor();
  assert.match(page.url(), /[?&]at=/);
  await side.getByRole("button", { name: "Back to now" }).first().click();
  await side.getByTestId("sheet-state").getByText("Finished").waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

// The eye must be able to follow a call to its new column, unless it is asked to be left in peace.
for (const [reducedMotion, travels] of [["no-preference", true], ["reduce", false]]) {
  test(`a card that changes its column ${travels ? "travels there" : "is simply there"} with ${reducedMotion}`, async () => {
    const id = `t-${reducedMotion}`;
    await tandem.tell(id, ["call.new"]);
    const page = await open(browser, tandem, "/", { reducedMotion });
    await card(page, id).waitFor();
    // Whatever is drawn twice at any moment was on its way.
    await page.evaluate(() => {
      globalThis.travelled = 0;
      new MutationObserver((records) => {
        for (const { addedNodes } of records) {
          for (const node of addedNodes) {
            if (node instanceof HTMLElement && node.style.position === "fixed") globalThis.travelled += 1;
          }
        }
      }).observe(document.body, { childList: true, subtree: true });
    });
    await tandem.tell(id, ["call.ongoing"]);
    await column(page, "ONGOING").locator("[data-call]", { hasText: id }).waitFor();
    await page.waitForFunction((name) => [...document.querySelectorAll("[data-column]")].filter((e) => e.textContent.includes(name)).length === 1, id);
    assert.equal(await page.evaluate(() => globalThis.travelled), travels ? 1 : 0);
    await tandem.tell(id, ["call.finished"]);
    await page.context().close();
  });
}

test("an open sheet follows its call", async () => {
  await tandem.tell("b-4", ["call.new"]);
  const page = await open(browser, tandem);
  await card(page, "b-4").click();
  await sheet(page).getByText("Call arrived").waitFor();
  await tandem.tell("b-4", ["call.finished"]);
  await sheet(page).getByText("Call ended").waitFor();
  await sheet(page).getByTestId("sheet-state").getByText(/Abandoned|Missed/).waitFor();
  await page.context().close();
});

test("the keyboard goes everywhere: between calls, into one and back, and to the search", async () => {
  await tandem.tell("k-1", ["call.new"]);
  await tandem.tell("k-2", ["call.new"]);
  await tandem.tell("k-3", ["call.new", "call.waiting"]);
  const page = await open(browser, tandem, "/?q=k-");
  await card(page, "k-1").waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  await card(page, "k-1").focus();
  await page.keyboard.press("ArrowDown");
  assert.match(await focused(), /k-2/);
  await page.keyboard.press("ArrowRight");
  assert.match(await focused(), /k-3/);
  await page.keyboard.press("ArrowLeft");
  assert.match(await focused(), /k-[12]/);
  await page.keyboard.press("ArrowRight");
  // The focus stays with the call while the call moves.
  await tandem.tell("k-3", ["call.ongoing"]);
  await column(page, "ONGOING").locator("[data-call]", { hasText: "k-3" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent?.includes("k-3"));
  await page.keyboard.press("Enter");
  await sheet(page).getByText("Call arrived").waitFor();
  await page.keyboard.press("Escape");
  await sheet(page).waitFor({ state: "detached" });
  assert.match(await focused(), /k-3/);

  await page.keyboard.press("/");
  await page.getByRole("combobox", { name: "Search everything" }).fill("k-2");
  await page.getByRole("option", { name: /k-2/ }).first().waitFor();
  await page.keyboard.press("Enter");
  await sheet(page).getByText("k-2").first().waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search everything" }).fill("rout");
  await page.getByRole("option", { name: "Routing" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Routing" }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("filters stand in the address and narrow the board", async () => {
  await tandem.tell("f-1", ["call.new"], { their_number: "0911111111" });
  await tandem.tell("f-2", ["call.new"], { their_number: "0922222222", direction: "outbound" });
  const page = await open(browser, tandem);
  await card(page, "f-1").waitFor();
  await page.getByPlaceholder("Find a number, name or call id").fill("0922 222");
  await card(page, "f-1").waitFor({ state: "detached" });
  await card(page, "f-2").waitFor();
  assert.match(decodeURIComponent(page.url()), /q=0922.222/);
  await page.reload();
  await card(page, "f-2").waitFor();
  assert.equal(await card(page, "f-1").count(), 0);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await card(page, "f-1").waitFor();
  await page.context().close();
});

test("at 390 px one column shows and a switch chooses it", async () => {
  await tandem.tell("m-1", ["call.new"]);
  const page = await open(browser, tandem, "/?column=NEW", { viewport: narrow });
  await card(page, "m-1").waitFor();
  assert.equal(await page.locator("[data-state]").count(), 1);
  await tandem.tell("m-1", ["call.ongoing"]);
  await card(page, "m-1").waitFor({ state: "detached" });
  await page.getByRole("radio", { name: /Ongoing/ }).click();
  await card(page, "m-1").waitFor();
  assert.match(page.url(), /column=ONGOING/);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  assert.equal(overflow, false, "nothing sticks out to the side");
  await page.context().close();
});

// Thousands of calls cost as many elements as fit on the screen.
test("2,000 calls keep the page small and quick", async () => {
  const page = await open(browser, tandem);
  await boardReady(page);
  const ids = Array.from({ length: 2_000 }, (_, n) => `many-${n}`);
  for (let at = 0; at < ids.length; at += 50) {
    await Promise.all(ids.slice(at, at + 50).map((id) => tandem.tell(id, ["call.new"])));
  }
  await page.waitForFunction(() => {
    const name = document.querySelector('[data-state="NEW"]')?.getAttribute("aria-label") ?? "";
    return Number(name.replace(/\D/g, "")) >= 2_000;
  });
  const size = await page.evaluate(() => document.querySelectorAll("*").length);
  assert.ok(size < 3_000, `${size} elements`);
  const started = Date.now();
  await tandem.tell("many-1500", ["call.ongoing"]);
  await column(page, "ONGOING").locator("[data-call]", { hasText: "many-1500" }).waitFor();
  assert.ok(Date.now() - started < 3_000, "a change among 2,000 calls shows soon");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

/** Waits until a condition holds, asking again at once; the test's own time limit ends it. */
async function until(condition) {
  const end = Date.now() + 15_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, "the condition never held");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
