import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { createStore, get, set } from "idb-keyval";
import { afterEach, expect, test, vi } from "vitest";

import { forgetFiles } from "./forget-files";

test("pictures are deleted although another tab has their store open, and other data stays", async () => {
  const ours = createStore("sansfond-editor", "items");
  const others = createStore("something-else", "items");
  await set("a", "picture", ours);
  await set("a", "theirs", others);
  await forgetFiles();
  expect(await get("a", ours)).toBeUndefined();
  expect(await get("a", others)).toBe("theirs");
});

afterEach(() => vi.restoreAllMocks());

test("pictures are deleted in a browser that does not list its databases", async () => {
  const ours = createStore("sansfond-pending", "files");
  await set("files", "picture", ours);
  Object.defineProperty(indexedDB, "databases", { value: undefined, configurable: true });
  await forgetFiles();
  Reflect.deleteProperty(indexedDB, "databases");
  expect(await get("files", ours)).toBeUndefined();
});

test("a store that was never opened can be opened afterwards", async () => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  await forgetFiles();
  expect(await indexedDB.databases()).toEqual([]);
  const store = createStore("sansfond-editor", "items");
  await set("a", "picture", store);
  expect(await get("a", store)).toBe("picture");
  vi.unstubAllGlobals();
});
