// SPDX-License-Identifier: Apache-2.0

import { expect, it } from "vitest";
import { problemOf, sayProblemsBy } from "./problem";

const refused = (code: string) =>
  new Response(JSON.stringify({ code, detail: "As the server says it." }), { status: 409 });

it("says a problem in the reader's words where there are any, else as the server does", async () => {
  sayProblemsBy((code) => (code === "user.login_taken" ? "Tên này đã có" : undefined));
  const said = await Promise.all(["user.login_taken", "user.other"].map((code) => problemOf(refused(code))));
  expect(said.map(({ code, message }) => [code, message])).toEqual([
    ["user.login_taken", "Tên này đã có"],
    ["user.other", "As the server says it."],
  ]);
});
