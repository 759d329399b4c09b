import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";

import { fixture } from "./site.ts";

/** A file for a file input, made by a test. */
export type MadeFile = { name: string; mimeType: string; buffer: Buffer };

/** The astronaut picture under any name. */
export function picture(name: string): MadeFile {
  return { name, mimeType: "image/png", buffer: readFileSync(fixture("astronaut.png")) };
}

/** The astronaut picture with this many more bytes, in a chunk of metadata. */
export function heavyPicture(name: string, bytes: number): MadeFile {
  const { mimeType, buffer } = picture(name);
  // Private, and not needed to show the picture, as the case of the letters states.
  const notes = chunk("noTe", Buffer.alloc(bytes, "not used "));
  return {
    name,
    mimeType,
    buffer: Buffer.concat([buffer.subarray(0, HEADER), notes, buffer.subarray(HEADER)]),
  };
}

/** The first half of the astronaut picture. Its header has the size of the whole picture. */
export function half(name: string): MadeFile {
  const { mimeType, buffer } = picture(name);
  return { name, mimeType, buffer: buffer.subarray(0, buffer.length / 2) };
}

/** The length of the signature and of the header chunk: its length, type, 13 bytes and checksum. */
const HEADER = 8 + 4 + 4 + 13 + 4;

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
