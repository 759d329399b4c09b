import "fake-indexeddb/auto";

import { expect, test } from "vitest";

import { putPendingFiles, takeOversizedFiles, takePendingFiles } from "./pending-files";

test("files are handed over once, and only the names of files that are too large", async () => {
  const small = new File(["bytes"], "a.mp4");
  const large = new File(["bytes"], "b.mov");
  Object.defineProperty(large, "size", { value: 400_000_000 });
  await putPendingFiles([small, large]);
  expect(await takePendingFiles()).toHaveLength(1);
  expect(await takeOversizedFiles()).toEqual([{ name: "b.mov", size: 400_000_000 }]);
  expect(await takePendingFiles()).toEqual([]);
  expect(await takeOversizedFiles()).toEqual([]);
});
