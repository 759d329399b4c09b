import { expect, it } from "vitest";

import { parseHex } from "./color";

it.each([
  ["#1E3A5F", "#1e3a5f"],
  ["1e3a5f", "#1e3a5f"],
  [" #fab ", "#ffaabb"],
  ["#ffff", null],
  ["white", null],
  ["#12345g", null],
  ["", null],
])("%j as a colour is %j", (text, color) => {
  expect(parseHex(text)).toBe(color);
});
