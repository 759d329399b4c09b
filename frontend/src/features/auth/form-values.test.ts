import { expect, test } from "vitest";

import { formValues, looksLikeEmail } from "./form-values";

test("spaces around an e-mail are dropped, those of a password are part of it", () => {
  document.body.innerHTML =
    '<form><input name="email" value=" a@b.test " /><input name="password" value=" x " /></form>';
  const form = document.querySelector("form");
  const value = form && formValues(form);
  expect(value?.("email")).toBe("a@b.test");
  expect(value?.("password")).toBe(" x ");
  expect(value?.("missing")).toBe("");
});

test("what cannot be an e-mail is noticed before it is sent", () => {
  expect(["ada@example.org", "a.b+c@sub.example.co"].every(looksLikeEmail)).toBe(true);
  expect(["", "ada", "ada@", "@example.org", "ada@example", "a b@example.org"].some(looksLikeEmail)).toBe(
    false,
  );
});
