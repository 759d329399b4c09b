import type { Size } from "./geometry";

const SIGNATURE = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]);
const GREY = 0;
/** Each row is written as its difference from the one above: mattes have long vertical edges. */
const UP = 2;

/** The gray values of some rows, one byte each. */
export type ReadRows = (y: number, rows: number) => Uint8Array;

/** Rows that are read at a time, so that no picture is in memory twice. */
const ROWS = 256;

/** A PNG with one gray channel of eight bits. Canvases only write color. */
export async function greyPng({ width, height }: Size, read: ReadRows): Promise<Blob> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, GREY, 0, 0, 0], 8);
  const packed = new Blob([filtered({ width, height }, read)]).stream();
  const data = await new Response(packed.pipeThrough(new CompressionStream("deflate"))).arrayBuffer();
  return new Blob(
    [SIGNATURE, chunk("IHDR", header), chunk("IDAT", new Uint8Array(data)), chunk("IEND", new Uint8Array())],
    { type: "image/png" },
  );
}

/** The rows as PNG wants them: a filter's number, then the filtered bytes. */
export function filtered({ width, height }: Size, read: ReadRows): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array((width + 1) * height);
  let above = new Uint8Array(width);
  for (let start = 0; start < height; start += ROWS) {
    const count = Math.min(ROWS, height - start);
    const rows = read(start, count);
    for (let row = 0; row < count; row += 1) {
      const line = rows.subarray(row * width, (row + 1) * width);
      const to = (start + row) * (width + 1);
      bytes[to] = UP;
      for (let x = 0; x < width; x += 1) {
        bytes[to + 1 + x] = (line[x] ?? 0) - (above[x] ?? 0);
      }
      above = Uint8Array.from(line);
    }
  }
  return bytes;
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(
    [...type].map((letter) => letter.charCodeAt(0)),
    4,
  );
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  }
  return value >>> 0;
});

/** The checksum of PNG's chunks. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value = (CRC_TABLE[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
  }
  return (value ^ 0xffffffff) >>> 0;
}
