import { createStore, del, get, set } from "idb-keyval";

const KEY = "files";
const OVERSIZED = "left-behind";
const store = () => createStore("sansfond-pending", "files");

/** Larger files are not copied from page to page: that would take as long as choosing them again. */
const MAX_BYTES = 250_000_000;

/** A file that was too large to be handed over. */
export type OversizedFile = { name: string; size: number };

/** Stores files for the editor, which is another page. Keeps only the names of files that are too large. */
export async function putPendingFiles(files: readonly File[]): Promise<void> {
  const fitting: File[] = [];
  const oversized: OversizedFile[] = [];
  let room = MAX_BYTES;
  for (const file of files) {
    if (file.size <= room) {
      room -= file.size;
      fitting.push(file);
    } else {
      oversized.push({ name: file.name, size: file.size });
    }
  }
  if (oversized.length > 0) {
    await set(OVERSIZED, oversized, store());
  }
  await set(KEY, fitting, store());
}

/** Takes the stored files, once. */
export async function takePendingFiles(): Promise<File[]> {
  const files = (await get<File[]>(KEY, store())) ?? [];
  await del(KEY, store());
  return files;
}

/** Takes the names of the files that were too large, once. */
export async function takeOversizedFiles(): Promise<OversizedFile[]> {
  const oversized = (await get<OversizedFile[]>(OVERSIZED, store())) ?? [];
  await del(OVERSIZED, store());
  return oversized;
}
