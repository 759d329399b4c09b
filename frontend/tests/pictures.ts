import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";

import { fixture } from "./site.ts";

/** A file for an input, made here. */
export type MadeFile = { name: string; mimeType: string; buffer: Buffer };

/** The astronaut under any name. */
export function picture(name: string): MadeFile {
  return { name, mimeType: "image/png", buffer: readFileSync(fixture("astronaut.png")) };
}

/** The astronaut, carrying so many bytes more, as pictures carry notes of the programs that made them. */
export function heavyPicture(name: string, bytes: number): MadeFile {
  const { mimeType, buffer } = picture(name);
  // Private, and not needed to show the picture: that is what the letters' cases say.
  const notes = chunk("noTe", Buffer.alloc(bytes, "of no use to anybody "));
  return {
    name,
    mimeType,
    buffer: Buffer.concat([buffer.subarray(0, HEADER), notes, buffer.subarray(HEADER)]),
  };
}

/** The astronaut, of whom only the first half has arrived. The header promises all. */
export function half(name: string): MadeFile {
  const { mimeType, buffer } = picture(name);
  return { name, mimeType, buffer: buffer.subarray(0, buffer.length / 2) };
}

/** The signature, and the chunk that tells the size: its length, type, 13 bytes and sum. */
const HEADER = 8 + 4 + 4 + 13 + 4;

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
