// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, launch, narrow, open, places, sheet } from "./browser.mjs";
import { eventOf, Tandem } from "./tandem.mjs";

let tandem;
let browser;
before(async () => {
  [tandem, browser] = await Promise.all([Tandem.start(), launch()]);
});
after(async () => {
  await browser?.close();
  await tandem?.close();
});

test("a wrong password is told apart from a right one, and the way goes on to where it led", async () => {
  const page = await open(browser, tandem, "/routing?tab=queues", { login: null });
  await page.getByRole("heading", { name: "Sign in to Tandem" }).waitFor();
  await page.getByLabel("Login").fill("admin");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("Login or password is wrong").waitFor();
  await page.getByLabel("Password").fill("tandem");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "Queues", selected: true }).waitFor();
  await page.getByRole("button", { name: /your account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Tandem" }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("sign-in leads to no other site", async () => {
  const page = await open(browser, tandem, "/login?next=//evil.example/", { login: null });
  await page.getByLabel("Login").fill("admin");
  await page.getByLabel("Password").fill("tandem");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Live" }).waitFor();
  assert.equal(new URL(page.url()).origin, tandem.url);
  await page.context().close();
});

test("an agent sees the screens an agent may see", async () => {
  const page = await open(browser, tandem, "/", { login: "ana" });
  await page.getByRole("link", { name: "Calls", exact: true }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Routing" }).count(), 0);
  await page.goto(`${tandem.url}/routing`);
  await page.getByRole("heading", { name: "You may not see this" }).waitFor();
  await page.context().close();
});

test("an operator, who belongs to no call centre, sees all of them", async () => {
  const page = await open(browser, tandem, "/", { login: "operator" });
  await page.getByRole("heading", { name: "Call centres" }).waitFor();
  await page.getByText("demo", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Tandem" }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("connect a PBX: the address is shown, works, and says what it last heard", async () => {
  const page = await open(browser, tandem, "/connect");
  await page.getByRole("button", { name: "Add a PBX" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("branch");
  await dialog.getByRole("button", { name: "Add a PBX" }).click();
  const branch = page.locator('[data-connector="branch"]');
  await branch.getByText("Waits for the first event").waitFor();
  const address = await branch.locator("code").first().innerText();
  assert.ok(address.startsWith(`${tandem.url}/webhook/`), address);

  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(eventOf("call.new", "branch-1")),
  });
  assert.equal(response.status, 200);
  await branch.getByText("Receiving").waitFor();
  await branch.getByText("call.new").waitFor();
  await branch.getByRole("button", { name: "Test the connection" }).click();
  await branch.getByRole("status").waitFor();

  await page.locator('[data-connector="vendor"]').getByRole("button", { name: "Test the connection" }).click();
  await page.locator('[data-connector="vendor"]').getByText(/The phone system answered/).waitFor();

  await branch.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Delete the connector" }).click();
  await page.getByRole("alertdialog").or(page.getByRole("dialog")).getByRole("button", { name: "Delete the connector" }).click();
  await branch.waitFor({ state: "detached" });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("routing: a number is tried and explained, and rules are moved by keyboard and saved", async () => {
  const page = await open(browser, tandem, "/routing");
  await page.getByLabel("Caller's number").fill("0987654321");
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await page.getByText("Send to 901").waitFor();
  await page.getByText(/applies because the caller is new/).waitFor();
  await page.getByText("Rules before it that do not apply").waitFor();

  const rules = page.getByRole("grid", { name: "Rules, in order" });
  const names = () => rules.getByRole("row").allInnerTexts();
  const before = await names();
  await rules.getByRole("row").first().focus();
  await page.keyboard.press("Alt+ArrowDown");
  await page.getByText(/not saved yet/).first().waitFor();
  const moved = await names();
  assert.match(moved[1], new RegExp(before[0].split("\n").find((line) => /[a-z]/i.test(line)) ?? "?"));
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText(/The rules are in force as version \d+/).waitFor();

  const { version, items } = await tandem.api("GET", "/api/v1/routing/rules");
  assert.match(moved[0], new RegExp(items[0].name));
  // Someone else saves meanwhile: nobody's change is lost silently.
  await page.getByRole("button", { name: "Add a rule" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Night");
  await dialog.getByRole("combobox", { name: "Destination" }).fill("200");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await tandem.api("PUT", "/api/v1/routing/rules", { version, items: items.toReversed() });
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Someone else saved other rules meanwhile").waitFor();
  await page.getByRole("button", { name: "Load theirs" }).click();
  await page.getByText(/not saved yet/).waitFor({ state: "detached" });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("routing: queues are added, and their names show", async () => {
  const page = await open(browser, tandem, "/routing?tab=queues");
  await page.getByText("Known callers").waitFor();
  await page.getByRole("button", { name: "Add a queue" }).click();
  await page.getByRole("dialog").getByLabel("Number").fill("905");
  await page.getByRole("dialog").getByLabel("Name").fill("Hàng đợi khẩn cấp");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("listitem").filter({ hasText: "905" }).getByText("Hàng đợi khẩn cấp").waitFor();
  await page.context().close();
});

test("the inbox keeps what could not be understood, with reason and body", async () => {
  assert.ok((await tandem.post('{"type":"call.new","call_id":')) >= 400);
  const page = await open(browser, tandem, "/inbox");
  const row = page.getByRole("row").nth(1);
  await row.click();
  await sheet(page).locator("pre").getByText('{"type":"call.new","call_id":').waitFor();
  await sheet(page).getByRole("button", { name: "Process again" }).click();
  await page.getByText(/1 still not understood/).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Process all again" }).click();
  await page.getByText(/stored, \d+ known already/).first().waitFor();
  await page.context().close();
});

test("calls: the list has the call, filters it, pages and opens it from the keyboard", async () => {
  await Promise.all(Array.from({ length: 130 }, (_, n) => tandem.tell(`list-${n}`, ["call.new"])));
  await tandem.tell("list-end", ["call.new", "call.finished"]);
  const page = await open(browser, tandem, "/calls");
  const grid = page.getByRole("grid", { name: "Calls" });
  await grid.getByText("list-end").waitFor();
  await grid.getByRole("row").nth(1).focus();
  await page.keyboard.press("End");
  await page.keyboard.press("End");
  await page.getByText("No more calls").waitFor();
  await page.getByPlaceholder("Number or call id").fill("list-end");
  await page.waitForURL(/q=list-end/);
  await page.waitForFunction(() => document.querySelectorAll('[role="grid"] [data-index]').length === 1);
  await grid.getByRole("row").nth(1).focus();
  await page.keyboard.press("Enter");
  await sheet(page).getByText("Call ended").waitFor();
  await page.goto(`${tandem.url}/calls?q=no-such-call`);
  await page.getByText("No call matches these filters").waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the API reference reads the description without the internet", async () => {
  const page = await open(browser, tandem, "/");
  const strangers = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(tandem.url) && !request.url().startsWith("data:")) strangers.push(request.url());
  });
  await page.goto(`${tandem.url}/api/docs`);
  // The page shows what is in sight; the filter brings the rest there.
  await page.getByPlaceholder("Filter by tag or path").fill("calls");
  await page.getByText("/api/v1/calls", { exact: true }).first().waitFor();
  assert.deepEqual(strangers, []);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("what is missing is said: pages, calls, a server that does not answer", async () => {
  const page = await open(browser, tandem, "/ui/nowhere");
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  await page.goto(`${tandem.url}/calls?call=999999999`);
  await sheet(page).getByText("This call is not known").waitFor();
  await page.route("**/api/v1/connectors", (route) =>
    route.fulfill({ status: 500, headers: { "X-Request-Id": "req-17" }, json: { detail: "The disk is full.", code: "internal" } }),
  );
  await page.goto(`${tandem.url}/connect`);
  await page.getByText("The disk is full.").waitFor();
  await page.getByText("req-17").waitFor();
  await page.unroute("**/api/v1/connectors");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator('[data-connector="vendor"]').waitFor();
  await page.context().close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`every screen is accessible in ${colorScheme}`, async () => {
    await tandem.tell(`axe-${colorScheme}`, ["call.new", "call.waiting"]);
    const { items } = await tandem.api("GET", `/api/v1/calls?search=axe-${colorScheme}`);
    const screens = ["/ui", `/?call=${items[0].id}`, ...places];
    // The tests' own script has to be let in; every other test runs under the policy as it is.
    const page = await open(browser, tandem, "/", { colorScheme, bypassCSP: true });
    for (const viewport of [undefined, narrow]) {
      if (viewport) await page.setViewportSize(viewport);
      for (const screen of screens) {
        await page.goto(tandem.url + screen);
        await page.locator("h1").first().waitFor({ state: "attached" });
        await page.waitForLoadState("networkidle").catch(() => {});
        await assertAccessible(page, `${screen} in ${colorScheme} at ${viewport ? "390" : "1440"} px`);
      }
    }
    await page.context().clearCookies();
    await page.goto(`${tandem.url}/login`);
    await page.getByLabel("Login").waitFor();
    await assertAccessible(page, `/login in ${colorScheme}`);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme);
    await page.context().close();
  });
}
