import { createStore, del, get, set } from "idb-keyval";

const KEY = "files";
const LEFT = "left-behind";
const store = () => createStore("sansfond-pending", "files");

/** Larger files are not copied from page to page: that would take as long as choosing them again. */
const MOST_BYTES = 250_000_000;

/** A file that was too large to be handed over. */
export type LeftBehind = { name: string; size: number };

/** Stores files for the editor, which is another page. Keeps only the names of files that are too large. */
export async function putPendingFiles(files: readonly File[]): Promise<void> {
  const fitting: File[] = [];
  const left: LeftBehind[] = [];
  let room = MOST_BYTES;
  for (const file of files) {
    if (file.size <= room) {
      room -= file.size;
      fitting.push(file);
    } else {
      left.push({ name: file.name, size: file.size });
    }
  }
  if (left.length > 0) {
    await set(LEFT, left, store());
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
export async function takeLeftBehind(): Promise<LeftBehind[]> {
  const left = (await get<LeftBehind[]>(LEFT, store())) ?? [];
  await del(LEFT, store());
  return left;
}
