import { createStore, delMany, entries, setMany } from "idb-keyval";

import type { Phase } from "../model";
import type { Entry } from "./entry";

/** Long enough to register, short enough that no picture stays in the browser for long. */
export const KEPT_MS = 24 * 60 * 60_000;
/** A visitor's pictures of a closed tab are offered to the next tab for this time. */
export const OFFERED_MS = 60 * 60_000;
/** Larger queues are not stored completely, to leave space for other sites. */
const MAX_BYTES = 600_000_000;

/** A stored entry. Its pictures are stored separately, because they are large and rarely change. */
type Row = { tab: string; entry: Entry; cutout: boolean };
type Pictures = Partial<Record<"source" | "preview" | "cutout", Blob | null>>;
const PICTURES = ["source", "preview", "cutout"] as const;

export type Archive = ReturnType<typeof openArchive>;

/** Stores the queue in the browser, so that it survives a reload. */
export function openArchive(tab: string) {
  const store = createStore("sansfond-editor", "items");
  const kept = new Map<string, { row: string; pictures: Pictures; edits: Entry["edits"] }>();

  return {
    /** The entries of this tab, and those of closed tabs. */
    load: async (openTabs: ReadonlySet<string>, now: number): Promise<Entry[]> => {
      const all = new Map<string, unknown>(await entries<string>(store));
      const found: Entry[] = [];
      const stale: string[] = [];
      for (const [key, value] of all) {
        if (!key.startsWith("row/")) {
          continue;
        }
        const { tab: whose, entry, cutout } = value as Row;
        const pictures = PICTURES.map((name) => `${name}/${entry.id}`);
        if (now - entry.addedAt > KEPT_MS) {
          stale.push(key, ...pictures);
        } else if (whose === tab || (!openTabs.has(whose) && mayBeTakenOver(entry, now))) {
          const [source = null, preview = null, result] = pictures.map((name) => all.get(name) as Blob);
          const ours = whose === tab || entry.owner !== null ? entry : asFound(entry);
          const again = restored({ ...ours, source, preview }, cutout ? result : undefined);
          // The next save writes the row with this tab; the pictures are stored already.
          kept.set(entry.id, { row: "", pictures: picturesOf(again), edits: entry.edits });
          found.push(again);
        }
      }
      await delMany(stale, store);
      return found.toSorted((one, other) => one.addedAt - other.addedAt);
    },
    /** Stores exactly these for this tab. False if there was no space for all of them. */
    save: async (queue: readonly Entry[]): Promise<boolean> => {
      const gone = [...kept.keys()].filter((id) => !queue.some((entry) => entry.id === id));
      // Comes first, because it makes space for the rest.
      let complete = await succeeds(async () => {
        await delMany(
          gone.flatMap((id) => [`row/${id}`, ...PICTURES.map((name) => `${name}/${id}`)]),
          store,
        );
        gone.forEach((id) => kept.delete(id));
      });
      let room = MAX_BYTES;
      for (const entry of queue) {
        const pictures = picturesOf(entry);
        room -= PICTURES.reduce((sum, name) => sum + (pictures[name]?.size ?? 0), 0);
        if (room < 0) {
          return false;
        }
        const before = kept.get(entry.id);
        const row: Row = { tab, entry: withoutPictures(entry), cutout: Boolean(pictures.cutout) };
        const text = JSON.stringify(row);
        const writes: [string, unknown][] = [];
        if (before?.row !== text || before.edits !== entry.edits) {
          writes.push([`row/${entry.id}`, row]);
        }
        for (const name of PICTURES) {
          if (before?.pictures[name] !== pictures[name]) {
            writes.push([`${name}/${entry.id}`, pictures[name] ?? null]);
          }
        }
        // Each entry is written separately, so that one without space does not prevent the others. A failed
        // write changes nothing and is repeated the next time.
        const write = async () => {
          await setMany(writes, store);
          kept.set(entry.id, { row: text, pictures, edits: entry.edits });
        };
        // oxlint-disable-next-line no-await-in-loop
        complete = (writes.length === 0 || (await succeeds(write))) && complete;
      }
      return complete;
    },
  };
}

/** False if the write failed: there is no space, or storage is turned off. */
async function succeeds(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch {
    return false;
  }
}

function picturesOf({ source, preview, phase }: Entry): Pictures {
  return { source, preview, cutout: phase.kind === "ready" ? phase.cutout : null };
}

function withoutPictures(entry: Entry): Entry {
  return { ...entry, source: null, preview: null, phase: storedPhase(entry.phase) };
}

const NO_PICTURE = new Blob();

/**
 * True if this tab may take over an entry of a closed tab. An entry of an account is only shown to that account.
 * An entry of a visitor has no owner, so it is offered for a limited time.
 */
function mayBeTakenOver({ owner, addedAt }: Entry, now: number): boolean {
  return owner !== null || now - addedAt < OFFERED_MS;
}

/** A visitor's picture from another tab: it is shown, and starts only at the user's request. */
function asFound(entry: Entry): Entry {
  return { ...entry, found: true, wantsFull: false };
}

/** The phase without its progress, which changes many times a second and means nothing after a reload. */
function storedPhase(phase: Phase): Phase {
  switch (phase.kind) {
    case "uploading":
      return { kind: "uploading", share: 0 };
    case "processing":
      return { kind: "processing", share: null };
    case "ready":
      return { ...phase, cutout: NO_PICTURE };
    case "waiting":
    case "failed":
    case "cancelled":
      return phase;
  }
}

/** An entry as it continues after a reload. */
function restored(entry: Entry, cutout: Blob | undefined): Entry {
  if (entry.phase.kind === "ready") {
    const phase: Phase = cutout ? { ...entry.phase, cutout } : { kind: "waiting" };
    return { ...entry, phase };
  }
  // The service continues the job; everything else starts again.
  const continues = entry.phase.kind === "processing" && entry.arrived;
  const began = entry.phase.kind === "processing" || entry.phase.kind === "uploading";
  return began && !continues ? { ...entry, phase: { kind: "waiting" } } : entry;
}
