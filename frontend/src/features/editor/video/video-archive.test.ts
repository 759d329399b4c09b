import "fake-indexeddb/auto";
import { Blob as NodeBlob } from "node:buffer";

import { IDBFactory } from "fake-indexeddb";
import { beforeEach, expect, it } from "vitest";

import { firstChoice } from "./choice";
import { newClip, type VideoClip } from "./clip";
import { KEPT_BYTES, openVideoArchive } from "./video-archive";

const NOW = Date.now();

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

function clip(change: Partial<VideoClip> = {}): VideoClip {
  const file = new Blob(["bytes"]);
  return { ...newClip({ file, name: "clip.mp4", bytes: 5, mediaType: "video/mp4" }, "ada"), ...change };
}

const none = new Set<string>();

it("a video that was not started is restored after a reload, with its file", async () => {
  await openVideoArchive("tab").save([clip()]);
  const [again] = await openVideoArchive("tab").load(none, NOW);
  expect(again?.phase.kind).toBe("choosing");
  expect(again?.file).not.toBeNull();
});

it("a replaced background picture is restored", async () => {
  const archive = openVideoArchive("tab");
  // The blobs of jsdom cannot be cloned.
  const blob = (text: string) => new NodeBlob([text]) as unknown as Blob;
  const over = (text: string) => ({ ...firstChoice, background: "picture", picture: blob(text) });
  const first = clip({ choice: over("first") });
  await archive.save([first]);
  await archive.save([{ ...first, choice: over("other") }]);
  const [again] = await openVideoArchive("tab").load(none, NOW);
  expect(await again?.choice.picture?.text()).toBe("other");
});

it("only the row of a large video is stored, and its file is requested again", async () => {
  const file = new Blob(["bytes"]);
  Object.defineProperty(file, "size", { value: KEPT_BYTES + 1 });
  const sending = clip({ file, jobId: "job-1", phase: { kind: "uploading", sent: 9, perSecond: 1 } });
  await openVideoArchive("tab").save([sending]);
  const [again] = await openVideoArchive("tab").load(none, NOW);
  expect(again).toMatchObject({ jobId: "job-1", file: null, phase: { kind: "fileWanted", wrong: false } });
});

it("an uploaded video is still followed, without its file", async () => {
  const following = clip({ jobId: "job-1", phase: { kind: "following", state: "working", work: null } });
  await openVideoArchive("tab").save([following]);
  const [again] = await openVideoArchive("tab").load(none, NOW);
  expect(again).toMatchObject({ file: null, phase: { kind: "following" } });
});

it("a visitor's video is restored only in the same tab, a member's also when its tab is closed", async () => {
  await openVideoArchive("tab").save([clip({ owner: null }), clip({ name: "mine.mp4" })]);
  const found = await openVideoArchive("other").load(none, NOW);
  expect(found.map(({ name }) => name)).toEqual(["mine.mp4"]);
  expect(await openVideoArchive("third").load(new Set(["tab"]), NOW)).toEqual([]);
});

it("removed and old videos are deleted", async () => {
  const archive = openVideoArchive("tab");
  const one = clip();
  await archive.save([one, clip()]);
  await archive.save([one]);
  expect(await openVideoArchive("tab").load(none, NOW)).toHaveLength(1);
  expect(await openVideoArchive("tab").load(none, NOW + 25 * 60 * 60_000)).toEqual([]);
});
