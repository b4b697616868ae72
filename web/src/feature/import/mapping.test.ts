// SPDX-License-Identifier: Apache-2.0

import { expect, it } from "vitest";
import { clashes, tells } from "./mapping";

it.each([
  [["name", ""], true],
  [["", "number"], true],
  [["gender", "cpf", ""], false],
  [[], false],
])("of %j contacts can come: %s", (mapping, want) => expect(tells(mapping)).toBe(want));

it.each([
  [["name", "phone", "number", "number", "", ""], []],
  [
    ["phone", "name", "phone", "name"],
    [2, 3],
  ],
])("in %j the columns %j say something twice", (mapping, want) =>
  expect([...clashes(mapping)]).toEqual(want),
);
