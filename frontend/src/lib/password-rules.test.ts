import { expect, test } from "vitest";

import { isStrongEnough, passwordRules } from "./password-rules";

test("a password that fulfills every rule is accepted", () => {
  expect(isStrongEnough("Passw0rdPass")).toBe(true);
});

test.each(["Sh0rt", "nouppercase1", "NOLOWERCASE1", "NoDigitsHere", ""])(
  "“%s” is rejected, as it is by the service",
  (password) => {
    expect(isStrongEnough(password)).toBe(false);
  },
);

test("the rules that are not fulfilled are listed", () => {
  const missing = passwordRules("passwordpassword").filter(({ fulfilled }) => !fulfilled);
  expect(missing.map(({ rule }) => rule)).toEqual(["upper", "digit"]);
});

test("characters of two UTF-16 units count once", () => {
  expect(passwordRules("Aa1😀😀😀").find(({ rule }) => rule === "length")?.fulfilled).toBe(false);
});
