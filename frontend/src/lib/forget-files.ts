/** Every database that holds somebody's pictures begins with it. */
const PREFIX = "sansfond-";
/** Those there are. Not every browser lists its databases. */
const KNOWN: readonly string[] = ["sansfond-editor", "sansfond-pending", "sansfond-videos"];
/** Tells every page of this browser, also the one that says so. */
const CHANNEL = "sansfond-files-forgotten";

/**
 * Empties what this browser has kept of somebody's pictures and edits: the next person at this computer shall
 * not see them. The stores are emptied rather than deleted, because a deletion waits for every open tab.
 */
export async function forgetFiles(): Promise<void> {
  // One that cannot be emptied keeps none of the others. Where storage is switched off, nothing is kept.
  await Promise.allSettled((await names()).map(empty));
  try {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage(null);
    channel.close();
  } catch {
    // No other page can be told.
  }
}

async function names(): Promise<string[]> {
  try {
    const all = await indexedDB.databases();
    const ours = all.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name] : []));
    return [...new Set([...KNOWN, ...ours])];
  } catch {
    return [...KNOWN];
  }
}

/** Calls back when files are forgotten, for who has some in memory; for as long as the page lives. */
export function onFilesForgotten(callback: () => void): void {
  try {
    new BroadcastChannel(CHANNEL).addEventListener("message", callback);
  } catch {
    // Storage is switched off: there is nothing to be forgotten but by closing the page.
  }
}

async function empty(name: string): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(name);
    // One that was not there does not come to be: without its stores nobody could use it.
    opening.addEventListener("upgradeneeded", () => opening.transaction?.abort());
    opening.addEventListener("success", () => resolve(opening.result));
    opening.addEventListener("error", () => reject(opening.error ?? new Error("not opened")));
  });
  const stores = [...database.objectStoreNames];
  if (stores.length > 0) {
    await new Promise<void>((resolve, reject) => {
      const work = database.transaction(stores, "readwrite");
      for (const store of stores) {
        work.objectStore(store).clear();
      }
      work.addEventListener("complete", () => resolve());
      work.addEventListener("error", () => reject(work.error ?? new Error("not emptied")));
    });
  }
  database.close();
}
