import { beforeEach, expect, test, vi } from "vitest";

import { session } from "./session";

beforeEach(() => localStorage.clear());

test("a session may exist although its account is unknown", () => {
  expect(session.mayExist()).toBe(false);
  localStorage.setItem("signed-in", "yes");
  expect(session.mayExist()).toBe(true);
  expect(session.isStill("ada")).toBe(true);
  session.began("ada");
  expect([session.mayExist(), session.isStill("ada"), session.isStill("grace")]).toEqual([true, true, false]);
  session.left();
  expect([session.mayExist(), session.isStill("ada")]).toEqual([false, true]);
});

test("listeners are called when another tab changes the session, and only then", () => {
  const heard = vi.fn<() => void>();
  const stop = session.onOther(heard);
  const write = (key: string, oldValue: string | null, newValue: string | null) =>
    dispatchEvent(new StorageEvent("storage", { key, oldValue, newValue }));
  write("theme", null, "dark");
  write("signed-in", "ada", "ada");
  expect(heard).not.toHaveBeenCalled();
  write("signed-in", "ada", "grace");
  write("signed-in", "grace", null);
  expect(heard).toHaveBeenCalledTimes(2);
  stop();
  write("signed-in", null, "ada");
  expect(heard).toHaveBeenCalledTimes(2);
});

test("listeners are called when the API returns another account than the stored one", () => {
  const heard = vi.fn<() => void>();
  const stop = session.onOther(heard);
  localStorage.setItem("signed-in", "yes");
  session.isOf("ada");
  session.isOf("ada");
  expect(heard).not.toHaveBeenCalled();
  expect(session.hint()).toBe("ada");
  session.isOf("grace");
  expect(heard).toHaveBeenCalledTimes(1);
  stop();
});
