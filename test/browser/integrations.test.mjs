// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { assertAccessible, boardReady, launch, narrow, open, sheet } from "./browser.mjs";
import { Tandem } from "./tandem.mjs";

let tandem;
let browser;
let crm;
before(async () => {
  [tandem, browser, crm] = await Promise.all([Tandem.start(), launch(), startCRM()]);
});
after(async () => {
  await browser?.close();
  await tandem?.close();
  crm?.close();
});

/** A system that takes what it is told, or says what it is told to say. */
async function startCRM() {
  const state = { status: 200, got: [] };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (text) => {
      body += text;
    });
    request.on("end", () => {
      state.got.push({ url: request.url, body });
      const found = request.url.startsWith("/api/contacts?");
      response.writeHead(state.status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(found ? { items: [{ id: 17, name: "Mia Lopes" }] } : { ok: state.status === 200 }));
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  return Object.assign(state, {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}

test("a stranger connects a CRM, sees that it works, and what was said", async () => {
  const page = await open(browser, tandem, "/");
  await page.getByRole("link", { name: "Integrations" }).click();
  await page.getByRole("button", { name: "Connect a system" }).click();
  await page.getByRole("button", { name: /^Signed webhook Posts/ }).click();
  await page.getByLabel("Name", { exact: true }).fill("Our CRM");
  await page.getByLabel("Address", { exact: true }).fill("ftp://crm.example");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText("must begin with http:// or https://").waitFor();
  await page.getByLabel("Address", { exact: true }).fill(`${crm.url}/hook`);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("heading", { name: /Our CRM/ }).waitFor();
  await page.getByText(/^whsec_/).waitFor();

  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText("The test was taken").waitFor();
  await tandem.tell("browser-1", ["call.new"]);
  await page.getByRole("row", { name: /call\.new/ }).click();
  await sheet(page).getByText(/"subject": "browser-1"/).waitFor();
  await sheet(page).getByRole("button", { name: "Send again" }).click();
  await page.getByText("It is sent again").waitFor();
  await page.reload();
  await sheet(page).getByText(/"subject": "browser-1"/).waitFor();
  await assertAccessible(page, "deliveries");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("an endpoint that is gone says so, and catches up with one click", async () => {
  const made = await tandem.api("POST", "/api/v1/integration-endpoints", {
    name: "Gone",
    template: "webhook",
    url: `${crm.url}/gone`,
    filter: 'event.call_id contains "gone"',
  });
  crm.status = 410;
  await tandem.tell("gone-1", ["call.new"]);
  const page = await open(browser, tandem, `/integrations/${made._id}`, { viewport: narrow });
  await page.getByText(/answered that it is gone/).waitFor();
  await tandem.tell("gone-2", ["call.new"]);
  crm.status = 200;
  await assertAccessible(page, "disabled");
  await page.getByRole("button", { name: "Enable and catch up" }).click();
  await page.getByRole("row", { name: /call\.new/ }).nth(1).waitFor();
  await page.getByText("Working").waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a CRM is described once, and can be asked who is calling", async () => {
  const page = await open(browser, tandem, "/integrations?tab=systems");
  await page.getByRole("button", { name: "Add a system" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Sales CRM");
  await page.getByLabel("Address of its API").fill(`${crm.url}/api`);
  await page.getByRole("textbox", { name: "Token" }).fill("hunter2");
  await page.getByText("Ask it who is calling").click();
  await assertAccessible(page, "system");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByLabel("Try a number").fill("0901234567");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.getByText("It is Mia Lopes").waitFor();
  assert.equal(await page.getByText("hunter2").count(), 0);

  await page.getByRole("tab", { name: "Connections" }).click();
  await page.getByRole("button", { name: "Connect a system" }).click();
  await page.getByRole("button", { name: /^REST CRM Looks/ }).click();
  await page.getByLabel("Address", { exact: true }).fill(`${crm.url}/api`);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText(/must be the _id of an integrator/).waitFor();
  await page.getByRole("button", { name: /System, for its credential/ }).click();
  await page.getByRole("option", { name: /Sales CRM/ }).click();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("heading", { name: /REST CRM/ }).waitFor();
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText("The test was taken").waitFor();
  assert.ok(crm.got.some(({ url }) => url === "/api/contacts/17/calls"));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the agent whose phone rings is offered the customer's page, and nobody else is", async () => {
  await tandem.api("POST", "/api/v1/integration-endpoints", {
    name: "Customer page",
    template: "popup",
    url: "https://crm.example/open",
    settings: { path: "?phone={call.theirNumber}" },
  });
  const [ana, bruno] = [await open(browser, tandem, "/", { login: "ana" }), await open(browser, tandem, "/", { login: "bruno" })];
  await Promise.all([boardReady(ana), boardReady(bruno)]);
  await tandem.tell("popped-1", ["call.new", "actor.ringing"]);
  const link = ana.getByRole("link", { name: "crm.example" });
  await link.waitFor();
  assert.equal(await link.getAttribute("href"), "https://crm.example/open?phone=0901234567");
  assert.match((await link.getAttribute("rel")) ?? "", /noopener/);
  assert.equal(await bruno.getByRole("link", { name: "crm.example" }).count(), 0);
  await ana.getByRole("button", { name: "Dismiss" }).click();
  await link.waitFor({ state: "detached" });
  assert.deepEqual([...ana.complaints, ...bruno.complaints], []);
  await Promise.all([ana.context().close(), bruno.context().close()]);
});
