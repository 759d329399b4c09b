import "fake-indexeddb/auto";

import { clear, createStore, keys } from "idb-keyval";
import { afterEach, expect, it } from "vitest";

import { KEPT_MS, openArchive } from "./archive";
import { newEntry, type Entry } from "./entry";

const NOW = 1_000_000_000_000;
const NOBODY = new Set<string>();
// The blobs of jsdom cannot be kept; what is kept of a picture is not this test's subject.
const picture = (text: string) => text as unknown as Blob;

function entry(change: Partial<Entry> = {}): Entry {
  const file = picture("original");
  const fresh = newEntry({ file, name: "cat.jpg", mediaType: "image/jpeg", size: null }, "ada");
  return { ...fresh, addedAt: NOW, ...change };
}

afterEach(() => clear(createStore("sansfond-editor", "items")));

it("brings pictures back as they were, edits and cutout included", async () => {
  const one = entry({
    phase: { kind: "ready", cutout: picture("cutout"), scale: "full" },
    edits: { ...entry().edits, crop: { margin: 0.2 } },
  });
  const two = entry({ addedAt: NOW + 1, preview: picture("preview"), wantsFull: true });
  expect(await openArchive("tab").save([one, two])).toBe(true);
  expect(await openArchive("tab").load(NOBODY, NOW)).toEqual([one, two]);
});

it("lets an upload that was cut short begin again, and a job that has its file go on", async () => {
  const cut = entry({ jobId: "job-1", phase: { kind: "uploading", share: 0.7 } });
  const under = entry({
    addedAt: NOW + 1,
    jobId: "job-2",
    arrived: true,
    phase: { kind: "processing", share: 0.5 },
  });
  await openArchive("tab").save([cut, under]);
  const [first, second] = await openArchive("tab").load(NOBODY, NOW);
  expect(first).toMatchObject({ jobId: "job-1", key: cut.key, phase: { kind: "waiting" } });
  expect(second).toMatchObject({ jobId: "job-2", phase: { kind: "processing", share: null } });
});

it("forgets what is removed, and what is older than a day", async () => {
  const archive = openArchive("tab");
  const [stays, goes] = [entry(), entry()];
  const old = entry({ addedAt: NOW - KEPT_MS - 1 });
  await archive.save([stays, goes, old]);
  await archive.save([stays, old]);
  expect((await openArchive("tab").load(NOBODY, NOW)).map(({ id }) => id)).toEqual([stays.id]);
  const left = await keys<string>(createStore("sansfond-editor", "items"));
  expect(left.every((key) => key.endsWith(stays.id))).toBe(true);
});

it("leaves the pictures of another open tab to it, and takes over those of a closed one", async () => {
  const theirs = entry();
  await openArchive("other").save([theirs]);
  expect(await openArchive("mine").load(new Set(["other"]), NOW)).toEqual([]);
  expect(await openArchive("mine").load(NOBODY, NOW)).toEqual([theirs]);
});
