/** The prefix of every database with a user's pictures. */
const PREFIX = "sansfond-";
/** The databases of the site, for browsers that do not list them. */
const KNOWN: readonly string[] = ["sansfond-editor", "sansfond-pending", "sansfond-videos"];
/** Notifies every page of this browser, including this one. */
const CHANNEL = "sansfond-files-forgotten";

/**
 * Deletes a user's pictures and edits kept in this browser, so that the next person at this computer does
 * not see them. The stores are cleared rather than deleted, because a deletion waits for every open tab.
 */
export async function forgetFiles(): Promise<void> {
  // A store that cannot be cleared does not block the others. If storage is turned off, nothing is kept.
  await Promise.allSettled((await names()).map(empty));
  try {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage(null);
    channel.close();
  } catch {
    // Other pages cannot be notified.
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

/** Calls back when files are deleted, for modules with files in memory; for the lifetime of the page. */
export function onFilesForgotten(callback: () => void): void {
  try {
    new BroadcastChannel(CHANNEL).addEventListener("message", callback);
  } catch {
    // Storage is turned off: closing the page deletes everything.
  }
}

async function empty(name: string): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(name);
    // A missing database is not created: it would have no stores.
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
