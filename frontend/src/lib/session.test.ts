import { beforeEach, expect, test, vi } from "vitest";

import { session } from "./session";

beforeEach(() => localStorage.clear());

test("a session may exist although its account is unknown", () => {
  expect(session.mayExist()).toBe(false);
  localStorage.setItem("signed-in", "yes");
  expect(session.mayExist()).toBe(true);
  expect(session.mayBelongTo("ada")).toBe(true);
  session.start("ada");
  expect([session.mayExist(), session.mayBelongTo("ada"), session.mayBelongTo("grace")]).toEqual([
    true,
    true,
    false,
  ]);
  session.clear();
  expect([session.mayExist(), session.mayBelongTo("ada")]).toEqual([false, true]);
});

test("listeners are called when another tab changes the session, and only then", () => {
  const listener = vi.fn<() => void>();
  const stop = session.onAccountChange(listener);
  const write = (key: string, oldValue: string | null, newValue: string | null) =>
    dispatchEvent(new StorageEvent("storage", { key, oldValue, newValue }));
  write("theme", null, "dark");
  write("signed-in", "ada", "ada");
  expect(listener).not.toHaveBeenCalled();
  write("signed-in", "ada", "grace");
  write("signed-in", "grace", null);
  expect(listener).toHaveBeenCalledTimes(2);
  stop();
  write("signed-in", null, "ada");
  expect(listener).toHaveBeenCalledTimes(2);
});

test("listeners are called when the API returns another account than the stored one", () => {
  const listener = vi.fn<() => void>();
  const stop = session.onAccountChange(listener);
  localStorage.setItem("signed-in", "yes");
  session.confirm("ada");
  session.confirm("ada");
  expect(listener).not.toHaveBeenCalled();
  expect(session.hint()).toBe("ada");
  session.confirm("grace");
  expect(listener).toHaveBeenCalledTimes(1);
  stop();
});
