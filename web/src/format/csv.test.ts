// SPDX-License-Identifier: Apache-2.0

import { expect, it } from "vitest";
import { csv } from "./csv";

const line = (...cells: (string | number)[]) => csv([cells]).replace("\uFEFF", "").replace(/\r\n$/, "");

it("quotes what would break a row", () => {
  expect(line("a,b", 'say "hi"', "two\nlines", 7, "")).toBe('"a,b","say ""hi""","two\nlines",7,');
});

// Whoever calls chooses the name that the phone system reports; a spreadsheet must never run it.
it.each(["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "|x", '=HYPERLINK("http://x")'])(
  "does not let %j be a formula",
  (text) => expect(line(text)).toMatch(/^"'/),
);

it.each(["+84901234567", "-5", "0901234567", "1900 1234"])("leaves the number %s alone", (text) =>
  expect(line(text)).toBe(text),
);

it("begins with the mark of UTF-8 and ends each row with CRLF", () => {
  expect(csv([["Nguyễn"], ["x"]])).toBe("\uFEFFNguyễn\r\nx\r\n");
});
