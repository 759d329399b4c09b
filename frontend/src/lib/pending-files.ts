import { createStore, del, get, set } from "idb-keyval";

const KEY = "files";
const store = () => createStore("sansfond-pending", "files");

/** Puts files down for the editor, which is another page. */
export async function putPendingFiles(files: readonly File[]): Promise<void> {
  await set(KEY, files, store());
}

/** The files that were put down, once. */
export async function takePendingFiles(): Promise<File[]> {
  const files = (await get<File[]>(KEY, store())) ?? [];
  await del(KEY, store());
  return files;
}
