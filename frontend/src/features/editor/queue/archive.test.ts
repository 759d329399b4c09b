import "fake-indexeddb/auto";

import { clear, createStore, keys } from "idb-keyval";
import { afterEach, expect, it, vi } from "vitest";

import { KEPT_MS, OFFERED_MS, openArchive } from "./archive";
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
    edits: { ...entry().edits, crop: { margin: 20 } },
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

it("offers what a visitor left in a closed tab, for an hour, and asks for nothing by itself", async () => {
  const theirs = entry({ owner: null, wantsFull: true });
  const old = entry({ owner: null, addedAt: NOW - OFFERED_MS });
  await openArchive("other").save([theirs, old]);
  expect(await openArchive("mine").load(NOBODY, NOW)).toEqual([{ ...theirs, found: true, wantsFull: false }]);
  // The tab in which somebody has registered meanwhile goes on as it was.
  expect(await openArchive("other").load(NOBODY, NOW)).toEqual([old, theirs]);
});

it("lets go of what is removed although there is no room for what is new", async () => {
  const archive = openArchive("tab");
  const [goes, stays, large] = [entry(), entry(), entry()];
  await archive.save([goes, stays]);
  const real = IDBObjectStore.prototype.put;
  const put = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function full(
    this: IDBObjectStore,
    value: unknown,
    key?: IDBValidKey,
  ) {
    if (String(key).endsWith(large.id)) {
      throw new DOMException("full", "QuotaExceededError");
    }
    return real.call(this, value, key);
  });
  const small = entry();
  expect(await archive.save([stays, large, small])).toBe(false);
  // And again: what was removed does not come back, and what there is room for is there.
  expect(await archive.save([large, small])).toBe(false);
  expect((await openArchive("tab").load(NOBODY, NOW)).map(({ id }) => id)).toEqual([small.id]);
  put.mockRestore();
  expect(await archive.save([large, small])).toBe(true);
  const found = await openArchive("tab").load(NOBODY, NOW);
  expect(found.map(({ id }) => id).toSorted()).toEqual([large.id, small.id].toSorted());
});
