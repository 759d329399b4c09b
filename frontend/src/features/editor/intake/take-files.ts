import type { components } from "@/api/schema";

import { newEntry, type Entry, type PictureType } from "../queue/entry";
import { pictureSize } from "./picture-size";
import { sniffFile, type Sniffed } from "./sniff-file";

/** More at once is for the API. */
export const MAX_PICTURES = 50;

type Plan = Pick<components["schemas"]["PlanView"], "upload_bytes" | "megapixels">;

/** Why a file is not taken, for the texts under `intake.refused`. */
export type Reason =
  | Exclude<Sniffed["kind"], "picture">
  | "too_many_bytes"
  | "too_many_pixels"
  | "too_many_pictures"
  | "unreadable";
export type Refused = { name: string; reason: Reason; bytes: number };

/**
 * Sorts files into pictures for the queue and those that cannot be cut out, before anything is sent. The
 * pictures are nobody's yet.
 */
export async function takeFiles(
  files: readonly File[],
  { plan, room }: { plan: Plan | undefined; room: number },
): Promise<{ entries: Entry[]; refused: Refused[] }> {
  const judged = await Promise.all(files.map((file) => judge(file, plan)));
  const entries: Entry[] = [];
  const refused: Refused[] = [];
  for (const [place, verdict] of judged.entries()) {
    const file = files[place] as File;
    if (typeof verdict === "string") {
      refused.push({ name: file.name, reason: verdict, bytes: file.size });
    } else if (entries.length >= room) {
      refused.push({ name: file.name, reason: "too_many_pictures", bytes: file.size });
    } else {
      entries.push(newEntry({ file: typed(file, verdict.mediaType), name: file.name, ...verdict }, null));
    }
  }
  return { entries, refused };
}

type Verdict = Pick<Entry, "mediaType" | "size"> | Reason;

async function judge(file: File, plan: Plan | undefined): Promise<Verdict> {
  try {
    const sniffed = await sniffFile(file);
    if (sniffed.kind !== "picture") {
      return sniffed.kind;
    }
    if (plan && file.size > plan.upload_bytes) {
      return "too_many_bytes";
    }
    const size = await pictureSize(file, sniffed.type);
    if (plan && size && size.width * size.height > plan.megapixels * 1e6) {
      return "too_many_pixels";
    }
    return { mediaType: sniffed.type, size };
  } catch {
    // A folder, or a file that has been deleted or changed since it was chosen.
    return "unreadable";
  }
}

/** The file under the type that it really has: the browser goes by its name. */
function typed(file: File, type: PictureType): Blob {
  return file.type === type ? file : file.slice(0, file.size, type);
}
