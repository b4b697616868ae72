// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
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

const file = (rows) => ({
  name: "khách hàng.csv",
  mimeType: "text/csv",
  buffer: Buffer.from(
    [
      "Họ và tên;Số điện thoại;Thư điện tử;Ghi chú",
      ...Array.from({ length: rows }, (_, n) => `Nguyễn Văn ${n};09${String(n).padStart(8, "0")};n${n}@example.com;`),
      "Trần Thị Lỗi;1,23E+10;;",
    ].join("\n"),
  ),
});

test("a stranger imports a file from the contacts page, and takes it back", async () => {
  const page = await open(browser, tandem, "/contacts");
  await page.getByRole("button", { name: "Import" }).click();
  await page.locator("input[type=file]").setInputFiles(file(3000));

  // The columns are guessed; the fault is told before anything is written.
  await page.getByText("3,000", { exact: true }).waitFor();
  await page.getByText("was rounded by a spreadsheet").waitFor();
  await page.getByRole("button", { name: "Full name" }).waitFor();
  await assertAccessible(page, "the mapping");
  const column = page.getByRole("button", { name: /Thư điện tử is/ });
  await column.click();
  await page.getByRole("option", { name: "Number", exact: true }).click();
  await page.getByText("Another column says this already").waitFor();
  assert.ok(await page.getByRole("button", { name: /^Import/ }).isDisabled());
  await column.click();
  await page.getByRole("option", { name: "Email" }).click();

  await page.getByRole("button", { name: "Import 3,000 rows" }).click();
  const done = page.getByRole("heading", { name: "3,000 contacts written" });
  await page.getByRole("progressbar").or(done).first().waitFor();
  await assertAccessible(page, "the progress");
  await done.waitFor();
  // A button that was pending leaves a note behind for readers of the screen, for some seconds after it is gone itself.
  await page.locator('body > [data-live-announcer] [role="img"]').waitFor({ state: "detached" });
  await assertAccessible(page, "the result");
  await page.getByRole("button", { name: "Show the contacts" }).click();
  await page.getByText("Nguyễn Văn 2999").waitFor();

  await page.getByRole("button", { name: "Import" }).click();
  await page.getByText("Earlier imports").waitFor();
  await page.getByRole("button", { name: /khách hàng\.csv/ }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await page.getByRole("heading", { name: "As if it had not been" }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
  const { items } = await tandem.api("GET", "/api/v1/contacts?search=nguyen");
  assert.equal(items.length, 0);
});

test("what is no file of contacts is refused by name, on a telephone too", async () => {
  const page = await open(browser, tandem, "/contacts/import", { viewport: narrow });
  await page.locator("input[type=file]").setInputFiles({ name: "a.xlsx", mimeType: "application/zip", buffer: Buffer.from("PK\x03\x04 and so on") });
  await page.getByRole("alert").getByText("save it as CSV").waitFor();
  await assertAccessible(page, "the choice of a file");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "scrolls sideways");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a file is dropped", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "tandem-drop-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const card = path.join(folder, "a.vcf");
  await writeFile(card, "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ana Souza\r\nTEL:0901234567\r\nEND:VCARD\r\n");
  const page = await open(browser, tandem, "/contacts/import");
  const { x, y } = await page.getByText("Drop a file here").boundingBox();
  const devtools = await page.context().newCDPSession(page);
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    const data = { items: [], files: [card], dragOperationsMask: 1 };
    await devtools.send("Input.dispatchDragEvent", { type, x: x + 5, y: y + 5, data });
  }
  await page.getByRole("button", { name: "Import 1 row", exact: true }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
