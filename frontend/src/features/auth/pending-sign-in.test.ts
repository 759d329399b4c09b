import { expect, test, vi } from "vitest";

import { holdSignIn, takeSignIn } from "./pending-sign-in";

test("the password can be taken once, for its own email address", () => {
  holdSignIn("ada@example.org", "Passw0rdPass");
  expect(takeSignIn("ada@example.org")?.password).toBe("Passw0rdPass");
  expect(takeSignIn("ada@example.org")).toBeUndefined();
  holdSignIn("ada@example.org", "Passw0rdPass");
  expect(takeSignIn("bob@example.org")).toBeUndefined();
});

test("the password is deleted after a quarter of an hour", () => {
  vi.useFakeTimers();
  holdSignIn("ada@example.org", "Passw0rdPass");
  vi.advanceTimersByTime(15 * 60_000);
  expect(takeSignIn("ada@example.org")).toBeUndefined();
  vi.useRealTimers();
});
