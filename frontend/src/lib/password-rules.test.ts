import { expect, test } from "vitest";

import { isStrongEnough, passwordRules } from "./password-rules";

test("a password that keeps every rule of the service is taken", () => {
  expect(isStrongEnough("Passw0rdPass")).toBe(true);
});

test.each(["Sh0rt", "nouppercase1", "NOLOWERCASE1", "NoDigitsHere", ""])(
  "“%s” is refused as the service refuses it",
  (password) => {
    expect(isStrongEnough(password)).toBe(false);
  },
);

test("it says which rule is not kept yet", () => {
  const missing = passwordRules("passwordpassword").filter(({ kept }) => !kept);
  expect(missing.map(({ rule }) => rule)).toEqual(["upper", "digit"]);
});

test("letters that take two units count once", () => {
  expect(passwordRules("Aa1😀😀😀").find(({ rule }) => rule === "length")?.kept).toBe(false);
});
