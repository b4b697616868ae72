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

test("numbers stand as people write them, with the stored one on hover", async () => {
  await tandem.api("POST", "/api/v1/contacts", { firstName: "Bảo", phone: "+84912000077", numbers: [{ number: "84912000078" }] });
  const page = await open(browser, tandem, "/contacts?q=84912000077");
  const number = page.getByRole("grid").getByText("0912 000 077", { exact: true });
  await number.waitFor();
  assert.equal(await number.getAttribute("title"), "+84912000077");
  await page.getByText("Bảo", { exact: true }).click();
  const further = page.getByText("0912 000 078", { exact: true });
  await further.waitFor();
  assert.equal(await further.getAttribute("title"), "84912000078");
  assert.deepEqual(page.complaints, []);
});

test("duplicates become one: who stays is chosen, and who is somebody else is left out", async () => {
  const ids = [];
  for (const firstName of ["Old Lan", "New Lan", "Other Lan"]) {
    const { _id } = await tandem.api("POST", "/api/v1/contacts", { firstName, phone: "0912000099" });
    ids.push(_id);
  }
  const page = await open(browser, tandem, "/contacts", { bypassCSP: true });
  await more(page, "Find duplicates");
  const set = page.getByRole("listitem").filter({ hasText: "Old Lan" }).filter({ hasText: "Other Lan" }).first();
  await set.getByText("Same number").waitFor();
  await assertAccessible(page, "duplicates");
  await set.getByRole("group", { name: "New Lan" }).getByLabel("Stays").check();
  await set.getByRole("group", { name: "Other Lan" }).getByLabel("Somebody else").check();
  await set.getByRole("button", { name: "Merge" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Merge" }).click();
  await page.getByText("New Lan is one contact now").waitFor();
  await page.getByText("Old Lan").waitFor({ state: "detached" });
  assert.equal((await tandem.api("GET", `/api/v1/contacts/${ids[0]}?deleted=true`)).mergedInto, ids[1]);
  assert.equal((await tandem.api("GET", `/api/v1/contacts/${ids[2]}`)).deleted, false);
  await page.setViewportSize(narrow);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.deepEqual(page.complaints, []);
});
