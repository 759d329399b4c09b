import { expect, it, vi } from "vitest";

import { claimTab } from "./tab";

it("keeps the name of a tab after a reload", async () => {
  const name = await claimTab();
  expect(await claimTab()).toBe(name);
});

it("has a name if storage is turned off", async () => {
  vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
    throw new DOMException("no", "SecurityError");
  });
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("no", "SecurityError");
  });
  expect(await claimTab()).toMatch(/^[0-9a-f-]{36}$/);
});
