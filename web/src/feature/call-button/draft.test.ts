// SPDX-License-Identifier: Apache-2.0

import { expect, it } from "vitest";
import { changeOf, draftOf, longColor, previewAddress } from "./draft";

it("gives the picker a colour it knows", () => {
  expect([longColor("#0a7"), longColor("#00AA77"), longColor("red"), longColor("#12345")]).toEqual([
    "#00aa77",
    "#00AA77",
    "#767676",
    "#767676",
  ]);
});

it("reads lists and numbers as people type them", () => {
  const draft = {
    ...draftOf(null, "Demo", "VN"),
    origins: " https://a.example\nhttps://b.example, ",
    countries: "vn br",
    delay: "2,5",
  };
  expect(changeOf(draft)).toMatchObject({
    header: "Demo",
    origins: ["https://a.example", "https://b.example"],
    countries: ["VN", "BR"],
    delay: 2.5,
  });
  expect(changeOf(draft)).not.toHaveProperty("hours");
});

it("names web sites as browsers do", () => {
  const draft = {
    ...draftOf(null, "Demo", "VN"),
    origins:
      "https://WWW.Example.com/shop?a=1 https://bücher.example:443 http://x.example:8080/ javascript:alert(1) shop",
  };
  expect(changeOf(draft).origins).toEqual([
    "https://www.example.com",
    "https://xn--bcher-kva.example",
    "http://x.example:8080",
    "javascript:alert(1)",
    "shop",
  ]);
});

it("previews what is typed, whatever it is", () => {
  const address = new URL(
    previewAddress({ ...draftOf(null, "", "VN"), content: "</script>&" }),
    "http://x.example",
  );
  expect(address.searchParams.get("content")).toBe("</script>&");
  expect(address.searchParams.get("header")).toBe("…");
});
