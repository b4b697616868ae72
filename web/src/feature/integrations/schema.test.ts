// SPDX-License-Identifier: Apache-2.0

import { expect, it } from "vitest";
import type { Schema } from "@/api/integrations";
import { draftOf, kindOf, NotJSON, settingsOf } from "./schema";

const schema: Schema = {
  type: "object",
  required: ["text"],
  properties: {
    text: { type: "string", default: "Call from {call.theirNumber}" },
    long: { type: "string", maxLength: 2000 },
    window: { type: "string", enum: ["page", "tab"], default: "page" },
    create: { type: "boolean", default: true },
    size: { type: "integer" },
    body: { type: "object", default: { phone: "{call.theirNumber}" } },
  },
};

it("asks for each setting in its own way", () => {
  const kinds = Object.values(schema.properties ?? {}).map(kindOf);
  expect(kinds).toEqual(["text", "long", "choice", "switch", "number", "json"]);
});

it("begins with what is there, else with what the schema has, and says the same back", () => {
  const draft = draftOf(schema, { window: "tab", size: 3 });
  expect(draft).toMatchObject({
    text: "Call from {call.theirNumber}",
    long: "",
    window: "tab",
    create: "true",
    size: "3",
  });
  expect(settingsOf(schema, draft)).toEqual({
    text: "Call from {call.theirNumber}",
    window: "tab",
    create: true,
    size: 3,
    body: { phone: "{call.theirNumber}" },
  });
});

it("names the setting that is no JSON", () => {
  expect(() => settingsOf(schema, { body: "{" })).toThrow(NotJSON);
});
