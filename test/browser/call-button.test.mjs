// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { assertAccessible, launch, narrow, open } from "./browser.mjs";
import { Tandem } from "./tandem.mjs";

let tandem;
let browser;
let site;
let shop;
/** Pictures of the web site that are on their way. */
const held = [];
before(async () => {
  // The tests speak for visitors with addresses of their own.
  process.env.TANDEM_PROXIES = "127.0.0.1";
  [tandem, browser] = await Promise.all([Tandem.start(), launch()]);
  // Somebody else's web site: it lets Tandem's script in and nothing else, inline styles least of all.
  // Its page /preview?… shows a button that looks as the query says.
  site = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? "/", "http://shop.example");
    if (pathname === "/picture") {
      held.push(response);
      return;
    }
    const script = pathname === "/preview" ? `preview.js${search.replaceAll("&", "&amp;")}` : "demo.js";
    response.setHeader("Content-Security-Policy", `default-src 'none'; img-src 'self'; script-src ${tandem.url}; connect-src ${tandem.url}; require-trusted-types-for 'script'`);
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(`<!doctype html><html lang="vi"><title>Shop</title><main><h1>Shop</h1>${pathname === "/slow" ? '<img src="/picture" alt="">' : ""}</main><script src="${tandem.url}/click-to-call/${script}" async></script>`);
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", () => resolve(undefined)));
  shop = `http://127.0.0.1:${site.address().port}`;
});
after(async () => {
  await browser?.close();
  await tandem?.close();
  site?.close();
});

test("the button is designed, and a visitor of the web site is called", async () => {
  const page = await open(browser, tandem, "/call-button");
  await page.getByLabel("Name of the button").fill("Talk to us");
  await page.getByLabel("Colour").first().fill("#0a7");
  await page.getByLabel("Shown after").fill("0");
  await page.getByLabel("Calls go to").fill("900");
  await page.getByLabel("Web sites").fill(shop);
  await page.getByLabel("Consent").fill("You may call me.");
  await page.frameLocator("iframe").getByRole("button", { name: "Talk to us" }).waitFor();
  await assertAccessible(page, "the designer");
  await page.getByRole("button", { name: "Shown on the web sites" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("The call button is saved").waitFor();

  const context = await browser.newContext();
  const visitor = await context.newPage();
  const complaints = [];
  visitor.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await visitor.goto(shop);
  await visitor.getByRole("button", { name: "Talk to us" }).waitFor();
  // With the keyboard alone: open, refuse, agree, ask.
  await visitor.keyboard.press("Tab");
  await visitor.keyboard.press("Enter");
  await visitor.keyboard.type("0900 000 000"); // the phone system in the box has it answered
  await visitor.keyboard.press("Enter");
  await visitor.getByRole("status").getByText("Vui lòng đồng ý trước.").waitFor();
  await visitor.keyboard.press("Space");
  await assertAccessible(visitor, "the element");
  await visitor.keyboard.press("Tab");
  await visitor.keyboard.press("Enter");
  await visitor.getByRole("status").getByText("Cảm ơn bạn.").waitFor();
  await visitor.keyboard.press("Escape");
  await visitor.getByRole("button", { name: "Talk to us" }).waitFor();
  assert.deepEqual(complaints, []);
  assert.deepEqual(await context.cookies(), []);
  await context.close();

  const row = page.getByRole("row").filter({ hasText: "0900 000 000" });
  await row.waitFor({ timeout: 15_000 });
  await row.getByText("You may call me.").waitFor();
  await row.getByText("Connected").waitFor({ timeout: 60_000 });
  const { items } = await tandem.api("GET", "/api/v1/outgoing-calls?limit=1");
  const [{ to, first, about, attempts, call }] = items;
  assert.deepEqual([to, first, about.page, attempts.length], ["+84900000000", "destination", `${shop}/`, 1]);
  // The agent first, then the visitor: nobody is called before somebody is there to speak with them.
  const { direction, wish, participants, anomalies } = await tandem.api("GET", `/api/v1/calls/${call.id}`);
  assert.deepEqual([direction, wish.about.page, anomalies], ["outbound", `${shop}/`, []]);
  const agent = participants.flatMap(({ segments }) => segments).find(({ enteredAt }) => enteredAt);
  assert.ok(agent.ringAt < agent.enteredAt && agent.enteredAt < attempts[0].at, `${agent.ringAt} ${agent.enteredAt} ${attempts[0].at}`);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the delay begins when the page has loaded", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${shop}/slow`, { waitUntil: "commit" });
  await page.waitForFunction(() => customElements.get("tandem-click-to-call"));
  // A timer of no delay that begins now ends behind one that the script began.
  const shown = () => page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(document.querySelectorAll("tandem-click-to-call").length))));
  assert.equal(await shown(), 0);
  for (const picture of held.splice(0)) {
    picture.writeHead(204).end();
  }
  await page.getByRole("button", { name: "Talk to us" }).waitFor();
  await context.close();
});

test("every request can be read, page by page", async () => {
  for (let n = 0; n < 21; n++) {
    const headers = { Origin: shop, "Content-Type": "application/json", "X-Forwarded-For": `192.0.2.${n}` };
    const post = async (what, body) => (await fetch(`${tandem.url}/click-to-call/demo/${what}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
    const { token } = await post("tokens", {});
    await post("requests", { token, number: `09180000${10 + n}`, page: shop, language: "vi", consent: true });
  }
  const { items } = await tandem.api("GET", "/api/v1/click-to-call/requests?limit=200");
  const page = await open(browser, tandem, "/call-button", { viewport: narrow });
  const rows = page.getByRole("row");
  await rows.nth(1).waitFor();
  assert.ok(items.length > 20, `${items.length} requests`);
  await page.getByRole("button", { name: "Load more" }).click();
  await page.waitForFunction((n) => document.querySelectorAll("tbody tr").length === n, items.length);
  await page.context().close();
});

test("a web site that was not named is refused", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(shop.replace("127.0.0.1", "localhost"));
  await page.getByRole("button", { name: "Talk to us" }).click();
  await page.getByRole("textbox").fill("0912345678");
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Gọi cho tôi" }).click();
  await page.getByRole("status").getByText("Chưa thực hiện được").waitFor();
  await context.close();
});

test("a long name has the width of a telephone, wherever the button is", async () => {
  const button = await tandem.api("GET", "/api/v1/click-to-call");
  const context = await browser.newContext({ viewport: narrow });
  for (const position of ["bottom-left", "bottom-right", "bottom-center", "left-center", "right-center"]) {
    const header = "Leave your number, and our people call you back in a minute or two";
    const query = new URLSearchParams({ header, position, color: button.color, delay: "0" });
    const page = await context.newPage();
    await page.goto(`${shop}/preview?${query}`);
    const box = await page.getByRole("button", { name: header }).boundingBox();
    assert.ok(box && box.width === 320 && box.x >= 0 && box.x + box.width <= narrow.width, `${position}: ${JSON.stringify(box)}`);
    await page.close();
  }
  await context.close();
});

test("the designer fits a telephone", async () => {
  const page = await open(browser, tandem, "/call-button", { viewport: narrow });
  await page.getByLabel("Name of the button").waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wide, false);
  await page.context().close();
});
