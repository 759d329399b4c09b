import { areNone } from "../model";
import { exportFiles, type Exported } from "../pixels/export";
import type { ExportFormat } from "../pixels/formats";
import type { Entry } from "../queue/entry";

export type DownloadSettings = { format: ExportFormat; quality: number };
export type Made = Pick<Exported, "blob"> & { reduced: Pick<Exported, "width" | "height"> | null };

/** The file of a picture as it is now. Without edits, and as PNG, it is the service's own, byte for byte. */
export async function makeFile(
  { source, phase, edits }: Entry,
  { format, quality }: DownloadSettings,
): Promise<Made> {
  if (phase.kind !== "ready") {
    throw new Error("A file is made of a picture that has no cutout. This is a bug.");
  }
  if (format === "png" && phase.cutout.type === "image/png" && areNone(edits)) {
    return { blob: phase.cutout, reduced: null };
  }
  const { blob, width, height, reduced } = await exportFiles(source, phase.cutout, edits, {
    format,
    quality,
  });
  return { blob, reduced: reduced ? { width, height } : null };
}
