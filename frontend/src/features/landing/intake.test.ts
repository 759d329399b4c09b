import "fake-indexeddb/auto";

import { expect, test, vi } from "vitest";

import { takePendingFiles } from "@/lib/pending-files";
import { samples } from "@/lib/samples";

import { forEditor, openEditor, fittingAmong, sampleFile } from "./intake";

const file = (name: string, type: string) => new File(["bytes"], name, { type });

test("pictures, videos and files without a type are accepted, other files are not", () => {
  const [jpeg, film, nothing] = [file("a.jpg", "image/jpeg"), file("d.mp4", "video/mp4"), file("b.heic", "")];
  expect(fittingAmong([jpeg, file("c.pdf", "application/pdf"), film, nothing])).toEqual([
    jpeg,
    film,
    nothing,
  ]);
});

test("only the beginning of a document is passed on, so that the editor can name its type", () => {
  const jpeg = file("a.jpg", "image/jpeg");
  const film = file("c.mp4", "video/mp4");
  const document = new File([new Uint8Array(9_000_000)], "b.pdf", { type: "application/pdf" });
  const given = forEditor([jpeg, document, film]);
  expect(given.map(({ name, size }) => ({ name, size }))).toEqual([
    { name: "a.jpg", size: 5 },
    { name: "b.pdf", size: 512 },
    { name: "c.mp4", size: 5 },
  ]);
});

test("pictures are stored before the editor opens", async () => {
  const assign = vi.fn<(address: string) => void>();
  vi.stubGlobal("location", { assign });
  await openEditor([file("a.jpg", "image/jpeg")]);
  expect(assign).toHaveBeenCalledExactlyOnceWith("/editor");
  expect(await takePendingFiles()).toHaveLength(1);
  vi.unstubAllGlobals();
});

test("the editor opens even if nothing can be stored", async () => {
  const assign = vi.fn<(address: string) => void>();
  vi.stubGlobal("location", { assign });
  vi.stubGlobal("indexedDB", {
    open: () => {
      throw new Error("switched off");
    },
  });
  await openEditor([file("a.jpg", "image/jpeg")]);
  expect(assign).toHaveBeenCalledExactlyOnceWith("/editor");
  vi.unstubAllGlobals();
});

test("a missing sample is an error, not an empty picture", async () => {
  vi.stubGlobal("fetch", async () => new Response("", { status: 404 }));
  await expect(sampleFile(samples[0])).rejects.toThrow("404");
  vi.unstubAllGlobals();
});
