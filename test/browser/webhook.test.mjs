// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { Tandem } from "./tandem.mjs";

let tandem;
before(async () => {
  tandem = await Tandem.start();
});
after(async () => {
  await tandem?.close();
});

/** A system that is told of events. It answers what `answer` says, null for nothing at all. */
async function receiver(answer = () => 200) {
  const requests = [];
  const waiting = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (text) => {
      body += text;
    });
    request.on("end", () => {
      const got = { headers: request.headers, body };
      const status = answer(got, requests.length);
      requests.push(got);
      waiting.shift()?.(got);
      if (status !== null) {
        response.writeHead(status).end();
      }
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  let taken = 0;
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    requests,
    /** The next request, when it comes. */
    next: async () => {
      taken += 1;
      return requests.length >= taken ? requests[taken - 1] : new Promise((resolve) => waiting.push(resolve));
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const endpoint = (url, more = {}) => tandem.api("POST", "/api/v1/integration-endpoints", { name: "Receiver", template: "webhook", url, ...more });

// What Tandem signs is what the library of another language accepts, byte for byte: with letters beyond ASCII, too.
test("the library of Standard Webhooks takes what Tandem sends, and nothing that was changed", async () => {
  const to = await receiver();
  const { secret } = await endpoint(to.url, { events: ["call.new"] });
  await tandem.tell("signed-1", ["call.new"], { code: "Nguyễn & <co>" });
  const { headers, body } = await to.next();
  const event = new Webhook(secret).verify(body, headers);
  assert.equal(event.specversion, "1.0");
  assert.equal(event.type, "call.new");
  assert.equal(event.subject, "signed-1");
  assert.equal(event.data.call.code, "Nguyễn & <co>");
  assert.throws(() => new Webhook(secret).verify(body.replace("signed-1", "signed-2"), headers));
  assert.throws(() => new Webhook(secret).verify(body, { ...headers, "webhook-id": "msg_other" }));
  assert.throws(() => new Webhook(`whsec_${Buffer.alloc(32).toString("base64")}`).verify(body, headers));
  to.close();
});

// Killed between sending and noting that, Tandem cannot know; the receiver can, by the id.
test("killed while it sends, it sends again with the same id, and the call's next event after it", async () => {
  const to = await receiver((_got, n) => (n === 0 ? null : 200));
  const { secret } = await endpoint(to.url, { events: ["call.new", "call.finished"], filter: 'event.call_id == "killed-1"' });
  await tandem.tell("killed-1", ["call.new", "call.finished"]);
  const first = await to.next();
  const { port } = tandem;
  await tandem.kill();
  await tandem.run(port);
  const [second, third] = [await to.next(), await to.next()];
  assert.equal(second.headers["webhook-id"], first.headers["webhook-id"]);
  assert.notEqual(third.headers["webhook-id"], first.headers["webhook-id"]);
  assert.deepEqual([second, third].map(({ body, headers }) => new Webhook(secret).verify(body, headers).type), ["call.new", "call.finished"]);
  assert.equal(to.requests.length, 3);
  to.close();
});
