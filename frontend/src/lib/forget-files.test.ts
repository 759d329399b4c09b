import "fake-indexeddb/auto";
import { createStore, get, set } from "idb-keyval";
import { expect, test } from "vitest";

import { forgetFiles } from "./forget-files";

test("pictures are gone although another tab has them open, and other data stays", async () => {
  const ours = createStore("sansfond-editor", "items");
  const others = createStore("something-else", "items");
  await set("a", "picture", ours);
  await set("a", "theirs", others);
  await forgetFiles();
  expect(await get("a", ours)).toBeUndefined();
  expect(await get("a", others)).toBe("theirs");
});
