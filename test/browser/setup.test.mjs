// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { boardReady, launch, open } from "./browser.mjs";
import { Tandem } from "./tandem.mjs";

let tandem;
let browser;
before(async () => {
  [tandem, browser] = await Promise.all([Tandem.start({ dev: false }), launch()]);
});
after(async () => {
  await browser?.close();
  await tandem?.close();
});

// Someone who has just installed the program has nothing but the link it printed.
test("the link of the first start leads to a board, a phone system and its first call", async () => {
  const { pathname, search } = new URL(tandem.setupUrl);
  const page = await open(browser, tandem, pathname + search, { login: null });
  const name = page.getByLabel("Name", { exact: true });
  await name.fill("Nhà hàng Hà Nội");
  await page.getByLabel("Country").fill("vn");
  await page.getByLabel("Login").fill("chu");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await page.getByText(/at least 8 characters/i).last().waitFor();
  await page.getByLabel("Password").fill("long enough");
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await boardReady(page);
  await page.getByText("Nhà hàng Hà Nội").waitFor();

  await page.getByRole("button", { name: "Connect a PBX" }).click();
  await page.getByRole("button", { name: "Add a PBX" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("kitchen");
  await page.getByRole("dialog").getByRole("button", { name: "Add a PBX" }).click();
  const address = await page.locator('[data-connector="kitchen"] code').first().innerText();
  const call = { type: "call.new", call_id: "first", direction: "inbound", their_number: "0901234567", our_number: "1900" };
  const response = await fetch(address, { method: "POST", body: JSON.stringify(call), headers: { "Content-Type": "application/json" } });
  assert.equal(response.status, 200);
  await page.getByRole("link", { name: "Live" }).click();
  await page.locator("[data-call]", { hasText: "first" }).waitFor();

  // The link is used up.
  await page.context().clearCookies();
  await page.goto(tandem.url + pathname + search);
  await name.fill("Another");
  await page.getByLabel("Country").fill("VN");
  await page.getByLabel("Login").fill("other");
  await page.getByLabel("Password").fill("long enough");
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await page.getByRole("alert").getByText(/./).first().waitFor();
  assert.match(page.url(), /setup/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
