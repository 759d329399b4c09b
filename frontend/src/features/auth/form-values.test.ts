import { expect, test } from "vitest";

import { formValues, looksLikeEmail } from "./form-values";

test("spaces around an email address are removed, those around a password are kept", () => {
  document.body.innerHTML =
    '<form><input name="email" value=" a@b.test " /><input name="password" value=" x " /></form>';
  const form = document.querySelector("form");
  const value = form && formValues(form);
  expect(value?.("email")).toBe("a@b.test");
  expect(value?.("password")).toBe(" x ");
  expect(value?.("missing")).toBe("");
});

test("invalid email addresses are recognized", () => {
  expect(["ada@example.org", "a.b+c@sub.example.co"].every(looksLikeEmail)).toBe(true);
  expect(["", "ada", "ada@", "@example.org", "ada@example", "a b@example.org"].some(looksLikeEmail)).toBe(
    false,
  );
});
