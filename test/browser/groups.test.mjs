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

test("groups: a search is kept as one, a list is made and filled from a contact's page", async () => {
  await tandem.api("POST", "/api/v1/contacts", { firstName: "Ánh", lastName: "Nguyễn", phone: "0912000001" });
  await tandem.api("POST", "/api/v1/contacts", { firstName: "Bình", lastName: "Trần", phone: "0912000002" });
  const page = await open(browser, tandem, "/contacts?q=nguyen", { bypassCSP: true });
  const grid = page.getByRole("grid", { name: "Contacts" });
  await grid.getByText("Ánh Nguyễn").or(grid.getByText("Nguyễn Ánh")).waitFor();
  await page.getByRole("button", { name: "Keep the search as a group" }).click();
  const dialog = page.getByRole("dialog");
  assert.equal(await dialog.getByLabel("Finds").inputValue(), "nguyen");
  await dialog.getByLabel("Name").fill("The Nguyễns");
  await dialog.getByRole("button", { name: "Add a group" }).click();
  await page.waitForURL(/group=/);
  await page.getByText("Group: The Nguyễns").first().waitFor();
  assert.equal(await grid.getByText("Trần").count(), 0);

  await page.goto(`${tandem.url}/contacts`);
  await page.getByRole("button", { name: "Groups", exact: true }).click();
  await page.getByRole("heading", { name: "Groups", exact: true }).waitFor();
  await page.getByRole("button", { name: "Add a group" }).click();
  await dialog.getByLabel("Name").fill("To ring on Friday");
  await assertAccessible(page, "a new group");
  await dialog.getByRole("button", { name: "Add a group" }).click();
  const row = page.getByRole("row", { name: /To ring on Friday/ });
  await row.waitFor();
  await page.reload();
  await row.waitFor();
  await assertAccessible(page, "the groups");

  await page.goto(`${tandem.url}/contacts?q=0912000002`);
  await grid.getByText("Trần").click();
  await page.getByRole("button", { name: "Change groups" }).click();
  await page.getByRole("menuitem", { name: "To ring on Friday" }).or(page.getByRole("menuitemcheckbox", { name: "To ring on Friday" })).click();
  await page.getByRole("link", { name: "To ring on Friday" }).waitFor();
  await page.reload();
  await page.getByRole("link", { name: "To ring on Friday" }).waitFor();
  await assertAccessible(page, "a contact in a group");
  await page.goto(`${tandem.url}/contacts/groups`);
  await row.getByText("1", { exact: true }).waitFor();
  await page.setViewportSize(narrow);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));

  await row.getByRole("button", { name: "More about To ring on Friday" }).click();
  await page.getByRole("menuitem", { name: "Delete the group" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete the group" }).click();
  await row.waitFor({ state: "detached" });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the search leads to the contact that it found", async () => {
  const contact = await tandem.api("POST", "/api/v1/contacts", { firstName: "Zacharias", lastName: "Quill", phone: "" });
  const page = await open(browser, tandem, "/calls");
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("zacharias");
  await page.getByRole("option", { name: /Quill/ }).click();
  await page.waitForURL(`**/contacts/${contact._id}`);
  await page.waitForFunction(() => document.title.startsWith("Contacts"));
  await page.context().close();
});

test("an operator keeps the list of providers and reads the audit trail", async () => {
  const page = await open(browser, tandem, "/", { login: "operator", bypassCSP: true });
  await page.getByRole("link", { name: "Providers" }).click();
  await page.getByRole("button", { name: "Add a provider" }).click();
  await page.getByRole("dialog").getByLabel("Name").first().fill("Mekong Telecom");
  await page.getByRole("dialog").getByRole("button", { name: "Add a provider" }).click();
  await page.getByText("Mekong Telecom").first().waitFor();
  await page.reload();
  await page.getByText("Mekong Telecom").first().waitFor();
  await assertAccessible(page, "providers, to an operator");
  await page.getByRole("link", { name: "Audit trail" }).click();
  await page.getByText("Provider · created").first().waitFor();
  await page.getByText("Mekong Telecom").first().waitFor();
  await assertAccessible(page, "the audit trail, to an operator");
  await page.setViewportSize(narrow);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
