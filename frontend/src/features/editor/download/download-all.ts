import { Zip, ZipPassThrough } from "fflate";

import type { Entry } from "../queue/entry";
import { downloadName, uniqueNames } from "./file-names";
import { makeFile, type DownloadSettings } from "./make-file";

/**
 * All cutouts in one ZIP. They are made one after the other, and not compressed: pictures are already, and
 * a phone has the memory for one of them at a time.
 */
export async function zipAll(
  entries: readonly Entry[],
  settings: DownloadSettings,
  onDone: (count: number) => void,
): Promise<Blob> {
  const parts: BlobPart[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) {
      throw error;
    }
    parts.push(chunk as Uint8Array<ArrayBuffer>);
  });
  const names = uniqueNames(entries.map(({ name }) => downloadName(name, settings.format)));
  for (const [place, entry] of entries.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, for the memory
    const { blob } = await makeFile(entry, settings);
    const file = new ZipPassThrough(names[place] ?? entry.id);
    zip.add(file);
    // oxlint-disable-next-line no-await-in-loop -- the same
    file.push(new Uint8Array(await blob.arrayBuffer()), true);
    // What has been written goes to the browser's blob store, which may lie on disk.
    parts.splice(0, parts.length, new Blob(parts));
    onDone(place + 1);
  }
  zip.end();
  return new Blob(parts, { type: "application/zip" });
}
