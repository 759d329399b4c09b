import { afterEach, expect, test, vi } from "vitest";

import { canShareFiles, shareFile } from "./share-file";

const file = new File(["bytes"], "cat-cutout.png", { type: "image/png" });

afterEach(() => vi.unstubAllGlobals());

test("nothing is offered where a device shares no files", () => {
  vi.stubGlobal("navigator", {});
  expect(canShareFiles()).toBe(false);
});

test("changing one's mind is no failure, and a refusal is one", async () => {
  const share = vi.fn<(data: ShareData) => Promise<void>>();
  vi.stubGlobal("navigator", { share, canShare: () => true });
  expect(canShareFiles()).toBe(true);
  share.mockRejectedValueOnce(new DOMException("closed", "AbortError"));
  await shareFile(file);
  expect(share).toHaveBeenCalledExactlyOnceWith({ files: [file] });
  share.mockRejectedValueOnce(new DOMException("no gesture", "NotAllowedError"));
  await expect(shareFile(file)).rejects.toThrow("no gesture");
});
