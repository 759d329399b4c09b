import "fake-indexeddb/auto";

import { clear, createStore, keys } from "idb-keyval";
import { afterEach, expect, it, vi } from "vitest";

import { KEPT_MS, OFFERED_MS, openArchive } from "./archive";
import { newEntry, type Entry } from "./entry";

const NOW = 1_000_000_000_000;
const NOBODY = new Set<string>();
// The blobs of jsdom cannot be stored, so strings stand for them.
const picture = (text: string) => text as unknown as Blob;

function entry(change: Partial<Entry> = {}): Entry {
  const file = picture("original");
  const fresh = newEntry({ file, name: "cat.jpg", mediaType: "image/jpeg", size: null }, "ada");
  return { ...fresh, addedAt: NOW, ...change };
}

afterEach(() => clear(createStore("sansfond-editor", "items")));

it("restores pictures with their edits and cutouts", async () => {
  const one = entry({
    phase: { kind: "ready", cutout: picture("cutout"), scale: "full" },
    edits: { ...entry().edits, crop: { margin: 20 } },
  });
  const two = entry({ addedAt: NOW + 1, preview: picture("preview"), wantsFull: true });
  expect(await openArchive("tab").save([one, two])).toBe(true);
  expect(await openArchive("tab").load(NOBODY, NOW)).toEqual([one, two]);
});

it("restarts an interrupted upload, and continues a job that has its file", async () => {
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

it("deletes removed entries, and those that are older than a day", async () => {
  const archive = openArchive("tab");
  const [stays, goes] = [entry(), entry()];
  const old = entry({ addedAt: NOW - KEPT_MS - 1 });
  await archive.save([stays, goes, old]);
  await archive.save([stays, old]);
  expect((await openArchive("tab").load(NOBODY, NOW)).map(({ id }) => id)).toEqual([stays.id]);
  const left = await keys<string>(createStore("sansfond-editor", "items"));
  expect(left.every((key) => key.endsWith(stays.id))).toBe(true);
});

it("leaves the pictures of another open tab alone, and takes over those of a closed tab", async () => {
  const theirs = entry();
  await openArchive("other").save([theirs]);
  expect(await openArchive("mine").load(new Set(["other"]), NOW)).toEqual([]);
  expect(await openArchive("mine").load(NOBODY, NOW)).toEqual([theirs]);
});

it("offers a visitor's pictures of a closed tab for an hour, and starts nothing by itself", async () => {
  const theirs = entry({ owner: null, wantsFull: true });
  const old = entry({ owner: null, addedAt: NOW - OFFERED_MS });
  await openArchive("other").save([theirs, old]);
  expect(await openArchive("mine").load(NOBODY, NOW)).toEqual([{ ...theirs, found: true, wantsFull: false }]);
  // The visitor's own tab is not affected: the visitor may have registered there in the meantime.
  expect(await openArchive("other").load(NOBODY, NOW)).toEqual([old, theirs]);
});

it("deletes removed entries although there is no space for new ones", async () => {
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
  // Saving again: a removed entry does not come back, and an entry that fits is stored.
  expect(await archive.save([large, small])).toBe(false);
  expect((await openArchive("tab").load(NOBODY, NOW)).map(({ id }) => id)).toEqual([small.id]);
  put.mockRestore();
  expect(await archive.save([large, small])).toBe(true);
  const found = await openArchive("tab").load(NOBODY, NOW);
  expect(found.map(({ id }) => id).toSorted()).toEqual([large.id, small.id].toSorted());
});
