// SPDX-License-Identifier: Apache-2.0

// Runs the program under test: on a port of its own, with data of its own, and silent unless a test speaks.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const binary = process.env.TANDEM_BIN ?? fileURLToPath(new URL("../../bin/tandem", import.meta.url));
const startMs = 30_000;

/** A port of the loopback interface that is free now. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") {
    throw new Error("no port");
  }
  return address.port;
}

/** One installation, which can be stopped and started again with what it holds. */
export class Tandem {
  #data = "";
  #child = /** @type {import("node:child_process").ChildProcess | null} */ (null);
  #said = "";
  #dev = true;
  url = "";
  /** What the first start of an installation outside `--dev` prints. */
  setupUrl = "";

  /** A new installation, running; in `--dev` with the demo tenant unless told otherwise. */
  static async start({ dev = true } = {}) {
    if (!existsSync(binary)) {
      throw new Error(`${binary} is not there: run make build, or set TANDEM_BIN`);
    }
    const tandem = new Tandem();
    tandem.#dev = dev;
    tandem.#data = await mkdtemp(path.join(tmpdir(), "tandem-browser-"));
    await tandem.run(await freePort());
    return tandem;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** Starts the program on this port and waits until it answers. */
  async run(port) {
    const demo = this.#dev ? ["--dev", "--mockpbx", `127.0.0.1:${await freePort()}`, "--calls", "off"] : [];
    const flags = ["serve", "--data", this.#data, "--listen", `127.0.0.1:${port}`, ...demo];
    const child = spawn(binary, flags, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.stderr.on("data", (text) => {
      this.#said = `${this.#said}${text}`.slice(-20_000);
    });
    this.url = await new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`tandem did not start: ${why}\n${this.#said}`));
      const timer = setTimeout(() => fail(`silent for ${startMs} ms`), startMs);
      child.once("exit", (code) => fail(`exit code ${code}`));
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.setupUrl ||= /https?:\S+\/setup\?token=\S+/.exec(line)?.[0] ?? "";
        const url = /^ready url=(\S+)/.exec(line)?.[1];
        if (url) {
          clearTimeout(timer);
          resolve(url);
        }
      });
    });
  }

  /** Ends the program as a person would; the data stays. */
  async halt() {
    const child = this.#child;
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    }
    this.#child = null;
  }

  /** Ends the program as a power cut would: kill -9. */
  async kill() {
    const child = this.#child;
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    this.#child = null;
  }

  async close() {
    await this.halt();
    await rm(this.#data, { recursive: true, force: true });
  }

  /** Asks the API with the demo tenant's key. */
  async api(method, where, body) {
    const response = await fetch(this.url + where, {
      method,
      headers: { Authorization: "Bearer tandem-demo-key", "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${method} ${where}: ${response.status} ${text}`);
    }
    return text === "" ? null : JSON.parse(text);
  }

  /** Posts an event as a phone system does; gives the status. */
  async post(event) {
    const body = typeof event === "string" ? event : JSON.stringify(event);
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(`${this.url}/webhook`, { method: "POST", headers, body });
    await response.arrayBuffer();
    return response.status;
  }

  /** The events of a call, by the names of their types. */
  async tell(callId, types, more = {}) {
    for (const type of types) {
      const status = await this.post(eventOf(type, callId, more));
      if (status !== 200) {
        throw new Error(`${type} of ${callId} was answered ${status}`);
      }
    }
  }
}

/** An event as the vendor's phone system sends it. */
export function eventOf(type, callId, more = {}) {
  const numbers = { direction: "inbound", our_number: "08007770000", their_number: "0901234567" };
  const agent = type.startsWith("actor.") ? { actor: "ana@demo.example", number: "200" } : numbers;
  const queue = type === "call.waiting" || type.startsWith("actor.") ? { queue: "900" } : {};
  return { type, call_id: callId, code: "", ...agent, ...queue, timestamp: new Date().toISOString(), ...more };
}
