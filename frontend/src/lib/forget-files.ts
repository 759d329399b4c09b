/** Every database that holds somebody's pictures begins with it. */
const PREFIX = "sansfond-";
/** Tells every page of this browser, also the one that says so. */
const CHANNEL = "sansfond-files-forgotten";

/**
 * Empties what this browser has kept of somebody's pictures and edits: the next person at this computer shall
 * not see them. The stores are emptied rather than deleted, because a deletion waits for every open tab.
 */
export async function forgetFiles(): Promise<void> {
  try {
    const databases = await indexedDB.databases();
    const names = databases.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name] : []));
    await Promise.all(names.map(empty));
  } catch {
    // Storage is switched off, so nothing is kept.
  }
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(null);
  channel.close();
}

/** Calls back when files are forgotten, for who has some in memory; for as long as the page lives. */
export function onFilesForgotten(callback: () => void): void {
  new BroadcastChannel(CHANNEL).addEventListener("message", callback);
}

async function empty(name: string): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(name);
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
