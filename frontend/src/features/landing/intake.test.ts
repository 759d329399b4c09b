import "fake-indexeddb/auto";

import { expect, test, vi } from "vitest";

import { takePendingFiles } from "@/lib/pending-files";
import { samples } from "@/lib/samples";

import { forEditor, openEditor, picturesAmong, sampleFile } from "./intake";

const file = (name: string, type: string) => new File(["bytes"], name, { type });

test("pictures are told from other files, and the benefit of the doubt goes to files without a type", () => {
  const [jpeg, nothing] = [file("a.jpg", "image/jpeg"), file("b.heic", "")];
  expect(picturesAmong([jpeg, file("c.pdf", "application/pdf"), nothing])).toEqual([jpeg, nothing]);
});

test("of a film among the pictures only the beginning goes along, so that the editor can name it", () => {
  const jpeg = file("a.jpg", "image/jpeg");
  const film = new File([new Uint8Array(9_000_000)], "b.mp4", { type: "video/mp4" });
  const given = forEditor([jpeg, film]);
  expect(given.map(({ name, size }) => ({ name, size }))).toEqual([
    { name: "a.jpg", size: 5 },
    { name: "b.mp4", size: 512 },
  ]);
});

test("pictures lie ready for the editor when it opens", async () => {
  const assign = vi.fn<(address: string) => void>();
  vi.stubGlobal("location", { assign });
  await openEditor([file("a.jpg", "image/jpeg")]);
  expect(assign).toHaveBeenCalledExactlyOnceWith("/editor");
  expect(await takePendingFiles()).toHaveLength(1);
  vi.unstubAllGlobals();
});

test("the editor opens even where nothing can be stored", async () => {
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

test("a sample that is not there is an error, not an empty picture", async () => {
  vi.stubGlobal("fetch", async () => new Response("", { status: 404 }));
  await expect(sampleFile(samples[0])).rejects.toThrow("404");
  vi.unstubAllGlobals();
});
