import { createStore, delMany, entries, setMany } from "idb-keyval";

import type { Phase } from "../model";
import type { Entry } from "./entry";

/** Long enough for registering, short enough that no picture lies about for long. */
export const KEPT_MS = 24 * 60 * 60_000;
/** For so long, what a visitor left in a tab that was closed is offered to the next one. */
export const OFFERED_MS = 60 * 60_000;
/** More is not kept beyond the page: the browser has room for others too. */
const MAX_BYTES = 600_000_000;

/** An entry with its pictures beside it: those are large and change rarely. */
type Row = { tab: string; entry: Entry; cutout: boolean };
type Pictures = Partial<Record<"source" | "preview" | "cutout", Blob | null>>;
const PICTURES = ["source", "preview", "cutout"] as const;

export type Archive = ReturnType<typeof openArchive>;

/** What the browser keeps of the queue beyond the page. */
export function openArchive(tab: string) {
  const store = createStore("sansfond-editor", "items");
  const kept = new Map<string, { row: string; pictures: Pictures; edits: Entry["edits"] }>();

  return {
    /** The entries of this tab, and those whose tab has been closed. */
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
        } else if (whose === tab || (!openTabs.has(whose) && mayBeFound(entry, now))) {
          const [source = null, preview = null, result] = pictures.map((name) => all.get(name) as Blob);
          const ours = whose === tab || entry.owner !== null ? entry : asFound(entry);
          const again = revived({ ...ours, source, preview }, cutout ? result : undefined);
          // Its row shall say whose it is now; its pictures lie there already.
          kept.set(entry.id, { row: "", pictures: picturesOf(again), edits: entry.edits });
          found.push(again);
        }
      }
      await delMany(stale, store);
      return found.toSorted((one, other) => one.addedAt - other.addedAt);
    },
    /** Keeps these and no others of this tab. False if there was no room for all. */
    save: async (queue: readonly Entry[]): Promise<boolean> => {
      const gone = [...kept.keys()].filter((id) => !queue.some((entry) => entry.id === id));
      // First, and whatever becomes of the rest: it makes room.
      let complete = await tried(async () => {
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
        // Each by itself: one for which there is no room costs no other its place. What was not written is
        // as it was before, and is written again the next time.
        const write = async () => {
          await setMany(writes, store);
          kept.set(entry.id, { row: text, pictures, edits: entry.edits });
        };
        // oxlint-disable-next-line no-await-in-loop
        complete = (writes.length === 0 || (await tried(write))) && complete;
      }
      return complete;
    },
  };
}

/** False if there is no room, or storage is switched off. */
async function tried(write: () => Promise<void>): Promise<boolean> {
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
  return { ...entry, source: null, preview: null, phase: keptPhase(entry.phase) };
}

const NO_PICTURE = new Blob();

/** A user's picture is shown to no other user; a visitor's has no owner. */
function mayBeFound({ owner, addedAt }: Entry, now: number): boolean {
  return owner !== null || now - addedAt < OFFERED_MS;
}

/** A visitor's picture from another tab: it is shown, and starts only at the user's request. */
function asFound(entry: Entry): Entry {
  return { ...entry, found: true, wantsFull: false };
}

/** Shares change many times a second and mean nothing after a reload. */
function keptPhase(phase: Phase): Phase {
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

/** An entry as it goes on after a reload. */
function revived(entry: Entry, cutout: Blob | undefined): Entry {
  if (entry.phase.kind === "ready") {
    const phase: Phase = cutout ? { ...entry.phase, cutout } : { kind: "waiting" };
    return { ...entry, phase };
  }
  // The job goes on by itself; everything else begins again where it was.
  const goesOn = entry.phase.kind === "processing" && entry.arrived;
  const began = entry.phase.kind === "processing" || entry.phase.kind === "uploading";
  return began && !goesOn ? { ...entry, phase: { kind: "waiting" } } : entry;
}
