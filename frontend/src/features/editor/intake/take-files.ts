import type { components } from "@/api/schema";

import { newEntry, type Entry, type PictureType } from "../queue/entry";
import type { NewClip } from "../video/clip";
import { pictureSize } from "./picture-size";
import { sniffFile, type Sniffed, type VideoType } from "./sniff-file";

/** The API is meant for larger batches. */
export const MAX_PICTURES = 50;

/** Each video has its own player and panel. */
export const MAX_VIDEOS = 10;

type Plan = Pick<components["schemas"]["Plan"], "max_image_bytes" | "max_megapixels"> & {
  max_video_bytes?: number;
};

/** The reason why a file is refused, for the texts under `intake.refused`. */
export type Reason =
  | Exclude<Sniffed["kind"], "picture" | "film">
  | "too_many_bytes"
  | "too_many_pixels"
  | "too_many_pictures"
  | "too_many_videos"
  | "video_too_large"
  | "unreadable";
export type Refused = { name: string; reason: Reason; bytes: number };

type Given = { plan: Plan | undefined; room: number; videoRoom?: number };

/**
 * Sorts files into pictures for the queue, videos, and those that cannot be cut out, before anything is sent.
 * The pictures have no owner yet.
 */
export async function takeFiles(
  files: readonly File[],
  { plan, room, videoRoom = MAX_VIDEOS }: Given,
): Promise<{ entries: Entry[]; clips: NewClip[]; refused: Refused[] }> {
  const results = await Promise.all(files.map((file) => checkFile(file, plan)));
  const entries: Entry[] = [];
  const clips: NewClip[] = [];
  const refused: Refused[] = [];
  for (const [place, result] of results.entries()) {
    const file = files[place] as File;
    if (typeof result === "string") {
      refused.push({ name: file.name, reason: result, bytes: file.size });
    } else if ("video" in result) {
      if (clips.length >= videoRoom) {
        refused.push({ name: file.name, reason: "too_many_videos", bytes: file.size });
      } else {
        clips.push({ file, name: file.name, bytes: file.size, mediaType: result.video });
      }
    } else if (entries.length >= room) {
      refused.push({ name: file.name, reason: "too_many_pictures", bytes: file.size });
    } else {
      entries.push(newEntry({ file: typed(file, result.mediaType), name: file.name, ...result }, null));
    }
  }
  return { entries, clips, refused };
}

type CheckResult = Pick<Entry, "mediaType" | "size"> | { video: VideoType } | Reason;

async function checkFile(file: File, plan: Plan | undefined): Promise<CheckResult> {
  try {
    const sniffed = await sniffFile(file);
    if (sniffed.kind === "film") {
      const tooLarge = plan?.max_video_bytes !== undefined && file.size > plan.max_video_bytes;
      return tooLarge ? "video_too_large" : { video: sniffed.type };
    }
    if (sniffed.kind !== "picture") {
      return sniffed.kind;
    }
    if (plan && file.size > plan.max_image_bytes) {
      return "too_many_bytes";
    }
    const size = await pictureSize(file, sniffed.type);
    if (plan && size && size.width * size.height > plan.max_megapixels * 1e6) {
      return "too_many_pixels";
    }
    return { mediaType: sniffed.type, size };
  } catch {
    // A folder, or a file that has been deleted or changed since it was chosen.
    return "unreadable";
  }
}

/** The file with its real type; the browser derives the type from the name. */
function typed(file: File, type: PictureType): Blob {
  return file.type === type ? file : file.slice(0, file.size, type);
}
