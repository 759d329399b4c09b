import { createStore, delMany, entries, setMany } from "idb-keyval";

import { KEPT_MS } from "../queue/archive";
import type { VideoClip } from "./clip";

/** Files beyond this total size are not stored. After a reload, the user is asked for them again. */
export const KEPT_BYTES = 250_000_000;

/** A stored video. Its file is stored separately, because it is large and never changes. */
type Row = { tab: string; clip: VideoClip };

/** Stores the videos in the browser, so that they survive a reload. */
export function openVideoArchive(tab: string) {
  const store = createStore("sansfond-videos", "clips");
  const rows = new Map<string, string>();
  /** The background pictures. They are compared separately, because the JSON of a row does not contain them. */
  const pictures = new Map<string, Blob | null>();
  const files = new Set<string>();

  return {
    /** The videos of this tab, and those of accounts from closed tabs. */
    load: async (openTabs: ReadonlySet<string>, now: number): Promise<VideoClip[]> => {
      const all = new Map<string, unknown>(await entries<string>(store));
      const found: VideoClip[] = [];
      const stale: string[] = [];
      for (const [key, value] of all) {
        if (!key.startsWith("row/")) {
          continue;
        }
        const { tab: whose, clip } = value as Row;
        const file = (all.get(`file/${clip.id}`) as Blob | undefined) ?? null;
        const ours = whose === tab || (!openTabs.has(whose) && clip.owner !== null);
        if (now - clip.addedAt > KEPT_MS) {
          stale.push(key, `file/${clip.id}`);
        } else if (ours) {
          // The next save writes the row with this tab.
          rows.set(clip.id, "");
          if (file) {
            files.add(clip.id);
          }
          // Rows of an earlier version of the site have no picture.
          const choice = { ...clip.choice, picture: clip.choice.picture ?? null };
          found.push(restored({ ...clip, choice, file }));
        }
      }
      await delMany(stale, store);
      return found.toSorted((one, other) => other.addedAt - one.addedAt);
    },
    /** Stores exactly these for this tab. If there is no space for a file, only its row is stored. */
    save: async (clips: readonly VideoClip[]): Promise<void> => {
      const gone = [...rows.keys()].filter((id) => !clips.some((clip) => clip.id === id));
      try {
        await delMany(
          gone.flatMap((id) => [`row/${id}`, `file/${id}`]),
          store,
        );
        gone.forEach((id) => {
          rows.delete(id);
          pictures.delete(id);
          files.delete(id);
        });
      } catch {
        // Retried the next time.
      }
      let room = KEPT_BYTES;
      for (const clip of clips) {
        room -= clip.file && isWanted(clip) ? clip.file.size : 0;
        await keepFile(clip, room >= 0);
        await keepRow(clip);
      }
    },
  };

  async function keepFile(clip: VideoClip, fits: boolean): Promise<void> {
    const { id, file } = clip;
    const keep = file !== null && isWanted(clip) && fits;
    try {
      if (keep && !files.has(id)) {
        await setMany([[`file/${id}`, file]], store);
        files.add(id);
      } else if (!keep && files.has(id)) {
        await delMany([`file/${id}`], store);
        files.delete(id);
      }
    } catch {
      // No space: after a reload, the user is asked for it again.
    }
  }

  async function keepRow(clip: VideoClip): Promise<void> {
    const row: Row = { tab, clip: withoutProgress(clip) };
    const text = JSON.stringify(row);
    const { picture } = clip.choice;
    if (rows.get(clip.id) === text && pictures.get(clip.id) === picture) {
      return;
    }
    try {
      await setMany([[`row/${clip.id}`, row]], store);
      rows.set(clip.id, text);
      pictures.set(clip.id, picture);
    } catch {
      // No space: the video lasts as long as the page.
    }
  }
}

/** True if the file is still needed: for the upload, or for the player before it. */
function isWanted({ phase, sourceJob }: VideoClip): boolean {
  const sent = phase.kind === "following" || phase.kind === "ready" || sourceJob !== null;
  return !sent;
}

/** The fields to store; the bucket knows the number of sent bytes better. */
function withoutProgress(clip: VideoClip): VideoClip {
  const { phase } = clip;
  const still =
    phase.kind === "uploading" || phase.kind === "paused"
      ? { ...phase, sent: 0, ...(phase.kind === "uploading" && { perSecond: null }) }
      : phase.kind === "following"
        ? { ...phase, work: null }
        : phase;
  // The links of a stored job will have expired after a reload.
  return { ...clip, file: null, job: clip.sourceJob ? clip.job : null, phase: still };
}

/** A video as it continues after a reload. */
function restored(clip: VideoClip): VideoClip {
  const { phase, file, sourceJob } = clip;
  const sends =
    phase.kind === "uploading" ||
    phase.kind === "paused" ||
    (phase.kind === "choosing" && !sourceJob) ||
    (phase.kind === "announcing" && !sourceJob);
  return sends && !file ? { ...clip, phase: { kind: "fileWanted", wrong: false } } : clip;
}
