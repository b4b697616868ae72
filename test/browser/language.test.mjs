// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, boardReady, launch, narrow, open, places, sheet, wide } from "./browser.mjs";
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

const lang = (page) => page.evaluate(() => document.documentElement.lang);

test("the browser's language is spoken at first, another one once it is chosen, and it stays", async () => {
  const page = await open(browser, tandem, "/login", { login: null, locale: "vi-VN" });
  await page.getByRole("heading", { name: "Đăng nhập Tandem" }).waitFor();
  assert.equal(await lang(page), "vi");
  await page.getByRole("button", { name: "Ngôn ngữ" }).click();
  await page.getByRole("menuitem", { name: "Português (Brasil)" }).click();
  await page.getByRole("heading", { name: "Entrar no Tandem" }).waitFor();
  assert.equal(await lang(page), "pt-BR");
  await page.getByLabel("Usuário").fill("admin");
  await page.getByLabel("Senha").fill("tandem");
  await page.getByRole("button", { name: "Entrar" }).click();
  await boardReady(page);
  await page.getByRole("link", { name: "Chamadas", exact: true }).waitFor();
  await page.reload();
  await page.getByRole("link", { name: "Chamadas", exact: true }).waitFor();
  // The choice is the same menu inside.
  await page.getByRole("button", { name: "Idioma" }).click();
  await page.getByRole("menuitem", { name: "English" }).click();
  await page.getByRole("link", { name: "Calls", exact: true }).waitFor();
  assert.equal(await lang(page), "en");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("figures and times are told as the language tells them", async () => {
  await tandem.tell("old", ["call.new", "call.finished"], { timestamp: "2024-03-04T03:00:00Z" });
  const page = await open(browser, tandem, "/calls?q=old", { locale: "pt-BR" });
  await page.getByText(/4 de mar\. de 2024/).first().waitFor();
  await page.context().close();
});

const screens = [...places, "/calls?q=nothing-like-it"];
for (const locale of ["vi-VN", "pt-BR"]) {
  test(`every screen bears the longer words of ${locale}`, async () => {
    await tandem.api("POST", "/api/v1/roles", { name: `Nhóm trưởng chăm sóc khách hàng ${locale}`, rights: ["call.read"] });
    await tandem.tell(`words-${locale}`, ["call.new", "call.standby", "call.waiting"]);
    const page = await open(browser, tandem, "/", { locale, bypassCSP: true });
    for (const screen of screens) {
      // Opened where room is scarce, then given more.
      await page.setViewportSize(narrow);
      await page.goto(tandem.url + screen);
      await page.locator("h1").first().waitFor({ state: "attached" });
      await page.waitForLoadState("networkidle").catch(() => {});
      for (const viewport of [narrow, wide]) {
        await page.setViewportSize(viewport);
        const at = `${screen} at ${viewport.width} px`;
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= viewport.width, `${at} is ${width} px wide`);
        await assertAccessible(page, at);
      }
    }
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test("beside an open sheet the page keeps its actions", async () => {
  assert.ok((await tandem.post("{")) >= 400);
  for (const viewport of [wide, { width: 1024, height: 768 }]) {
    const page = await open(browser, tandem, "/inbox", { viewport });
    await page.getByRole("row").nth(1).click();
    await sheet(page).waitFor();
    const action = page.getByRole("button", { name: "Process all again" });
    const [button, beside] = await Promise.all([action.boundingBox(), sheet(page).boundingBox()]);
    assert.ok(button && beside && button.x + button.width <= beside.x, "the sheet covers the button");
    await action.click();
    await page.getByText(/known already/).first().waitFor();
    await page.context().close();
  }
});
