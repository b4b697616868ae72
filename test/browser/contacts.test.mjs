// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, launch, narrow, open } from "./browser.mjs";
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

/** Chooses from the menu of what else can be done. */
async function more(page, choice) {
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: choice }).click();
}

test("a number shows how it is read, and who may be behind it and why", async () => {
  const page = await open(browser, tandem, "/contacts/numbers", { viewport: narrow });
  const mia = { firstName: "Mia", phone: "0912 345 678" };
  const made = await page.context().request.post(`${tandem.url}/api/v1/contacts`, { data: mia });
  assert.equal(made.status(), 201, await made.text());
  await page.getByLabel("Number").fill("84912345678");
  await page.getByText("+84912345678").first().waitFor();
  await page.getByRole("link", { name: "Mia" }).waitFor();
  await page.getByText("Same number").waitFor();
  await assertAccessible(page, "the number");
  assert.deepEqual(page.complaints, []);
});

test("the list is saved as a file, and a person is erased", async () => {
  const page = await open(browser, tandem, "/contacts");
  const file = page.waitForEvent("download");
  await more(page, /CSV/);
  assert.match((await file).suggestedFilename(), /\.csv$/);
  await page.getByText("Mia", { exact: true }).click();
  await more(page, "Erase the person");
  await page.getByRole("alertdialog").or(page.getByRole("dialog")).getByRole("button", { name: "Erase the person" }).click();
  await page.getByText("The person is being erased").waitFor();
  await page.goto(`${tandem.url}/contacts?q=mia`);
  await page.getByText("No contact matches").waitFor();
  assert.deepEqual(page.complaints, []);
});
