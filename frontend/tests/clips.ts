import { readFileSync } from "node:fs";
import path from "node:path";

import type { MadeFile } from "./pictures.ts";

/** The path of a clip in `fixtures/clips`. */
export function clip(name: string): string {
  return path.resolve(import.meta.dirname, "../../fixtures/clips", name);
}

/** The disc clip with this many more bytes, in a box that every player skips. */
export function heavyClip(name: string, bytes: number): MadeFile {
  const box = Buffer.alloc(bytes);
  box.writeUInt32BE(bytes);
  box.write("free", 4, "latin1");
  return { name, mimeType: "video/mp4", buffer: Buffer.concat([readFileSync(clip("disc.mp4")), box]) };
}
