// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";
import { Tandem } from "./tandem.mjs";

let tandem;
let browser;
before(async () => {
  [tandem, browser] = await Promise.all([Tandem.start(), launch()]);
  for (let at = 0; at < 260; at += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, n) => tandem.tell(`list-${at + n}`, ["call.new"])));
  }
});
after(async () => {
  await browser?.close();
  await tandem?.close();
});

async function exported(page) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export this list as CSV" }).click(),
  ]);
  assert.match(download.suggestedFilename(), /^calls-\d{4}-\d\d-\d\d\.csv$/);
  return (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
}

test("the list is exported as it is filtered, all of its pages, and nothing in it is a formula", async () => {
  await tandem.tell("=cmd()", ["call.new", "call.finished"], { their_number: "0907654321" });
  const page = await open(browser, tandem, "/calls");
  await page.getByRole("grid", { name: "Calls" }).waitFor();
  const all = await exported(page);
  assert.match(all[0], /^\uFEFFStarted,State,Direction/);
  assert.equal(all.length, 1 + 261);
  await page.goto(`${tandem.url}/calls?q=0907654321`);
  await page.waitForFunction(() => document.querySelectorAll('[role="grid"] [data-index]').length === 1);
  const one = await exported(page);
  assert.equal(one.length, 2);
  assert.match(one[1], /0907654321,.*"'=cmd\(\)"$/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("columns are hidden and shown, and stay so", async () => {
  const page = await open(browser, tandem, "/calls");
  const head = page.getByRole("columnheader", { name: "Call id" });
  await head.waitFor();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Call id" }).click();
  await head.waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("columnheader", { name: "Agent" }).waitFor();
  assert.equal(await head.count(), 0);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Call id" }).click();
  await head.waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a list that is read far into stands still, and tells of newer calls", async () => {
  const page = await open(browser, tandem, "/calls?q=list-");
  const grid = page.getByRole("grid", { name: "Calls" });
  await grid.getByRole("row").nth(1).focus();
  await page.keyboard.press("End");
  await page.waitForFunction(() => Number(document.querySelector('[role="grid"]')?.getAttribute("aria-rowcount")) > 150);
  await tandem.tell("list-later", ["call.new"]);
  await page.getByRole("button", { name: "1 newer call" }).click();
  await grid.getByText("list-later").waitFor();
  assert.equal(await page.getByRole("button", { name: /newer call/ }).count(), 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
