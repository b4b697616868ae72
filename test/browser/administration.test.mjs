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

test("the audit trail says in words what was done, and to whom by name, in the reader's language", async () => {
  await tandem.api("POST", "/api/v1/contacts", { firstName: "Mia", phone: "0912345678" });
  const page = await open(browser, tandem, "/audit", { bypassCSP: true });
  const row = page.getByRole("row").filter({ hasText: "Contact · created" });
  await row.getByText("Mia", { exact: true }).waitFor();
  await row.getByText("Contact · created").click();
  await page.getByRole("complementary").getByText("contact.created").waitFor();
  await assertAccessible(page, "the audit trail");
  await page.context().close();
  const vi = await open(browser, tandem, "/audit", { locale: "vi-VN", viewport: narrow });
  await vi.getByText("Liên hệ · tạo mới").first().waitFor();
  assert.ok(await vi.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.deepEqual(vi.complaints, []);
  await vi.context().close();
});

test("who may not read the audit trail sees neither its filters nor its export", async () => {
  const page = await open(browser, tandem, "/audit", { login: "ana" });
  await page.getByRole("heading", { name: "Audit trail" }).waitFor();
  await page.getByRole("heading", { name: "You may not see this" }).waitFor();
  assert.equal(await page.getByRole("searchbox").count(), 0);
  assert.equal(await page.getByRole("button", { name: "Export as CSV" }).count(), 0);
  await page.context().close();
});

test("keys stand in a table, and are replaced and revoked from a menu", async () => {
  await tandem.api("POST", "/api/v1/keys", { name: "crm", rights: ["contact.read", "call.read", "agent.read"] });
  const page = await open(browser, tandem, "/keys", { bypassCSP: true });
  const row = page.getByRole("row").filter({ hasText: "crm" });
  await row.getByText("and 1 more").filter({ visible: true }).waitFor();
  await assertAccessible(page, "the keys");
  await page.setViewportSize(narrow);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  const menu = await row.getByRole("button", { name: "More about crm" }).boundingBox();
  assert.ok(menu && menu.x + menu.width <= narrow.width, "the menu is off the screen");
  await row.getByRole("button", { name: "More about crm" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await row.waitFor({ state: "detached" });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("what the server refuses is said in the reader's language", async () => {
  const page = await open(browser, tandem, "/contacts/00000000-0000-7000-8000-000000000000", { locale: "vi-VN" });
  await page.getByText("Không có liên hệ này.").waitFor();
  await page.context().close();
});
