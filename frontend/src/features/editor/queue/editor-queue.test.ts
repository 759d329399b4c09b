import "fake-indexeddb/auto";

import { beforeEach, expect, it, vi } from "vitest";

beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
});

it("works if storage is turned off", async () => {
  const no = () => {
    throw new DOMException("no", "SecurityError");
  };
  vi.spyOn(Storage.prototype, "getItem").mockImplementation(no);
  vi.spyOn(indexedDB, "open").mockImplementation(no);
  const { queue, startQueue } = await import("./editor-queue");
  await startQueue();
  expect(queue.getState().unkept).toBe(true);
});

it("has no account after another tab has signed in another user, until the account is set", async () => {
  const { runner, startQueue } = await import("./editor-queue");
  await startQueue();
  localStorage.setItem("signed-in", "ada");
  runner.setUser({ kind: "member", id: "ada", jobsAtOnce: 1 });
  storeElsewhere("ada", "ada");
  expect(runner.owner()).toBe("ada");
  storeElsewhere("ada", "grace");
  expect(runner.owner()).toBeNull();
});

/** A write to local storage by another tab. */
function storeElsewhere(oldValue: string, newValue: string) {
  localStorage.setItem("signed-in", newValue);
  dispatchEvent(new StorageEvent("storage", { key: "signed-in", oldValue, newValue }));
}
