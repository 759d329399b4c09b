import { readFile } from "node:fs/promises";

import { expect, it } from "vitest";

import { samples } from "@/lib/samples";

import { pictureSize } from "./picture-size";

const bytes = (...parts: (string | number[])[]) =>
  new Blob(
    parts.map((part) =>
      typeof part === "string"
        ? Uint8Array.from(part, (letter) => letter.charCodeAt(0))
        : Uint8Array.from(part),
    ),
  );

it("reads the size of a JPEG after its metadata", async () => {
  const read = samples.map(async ({ src, width, height }) => {
    const file = new Blob([await readFile(`public${src}`)]);
    expect(await pictureSize(file, "image/jpeg")).toEqual({ width, height });
  });
  await Promise.all(read);
  expect(read.length).toBeGreaterThan(0);
});

it("reads the size of a PNG", async () => {
  const file = bytes("\x89PNG\r\n\x1A\n\0\0\0\rIHDR", [0, 0, 4, 0], [0, 0, 3, 0]);
  expect(await pictureSize(file, "image/png")).toEqual({ width: 1024, height: 768 });
});

it("reads the size of a GIF", async () => {
  expect(await pictureSize(bytes("GIF89a", [0x40, 1, 0xf0, 0]), "image/gif")).toEqual({
    width: 320,
    height: 240,
  });
});

it("reads the size of a BMP that is stored top down", async () => {
  const file = bytes(
    "BM",
    Array.from({ length: 12 }, () => 0),
    [40, 0, 0, 0],
    [8, 0, 0, 0],
    [0xfa, 0xff, 0xff, 0xff],
  );
  expect(await pictureSize(file, "image/bmp")).toEqual({ width: 8, height: 6 });
});

it.each([
  ["lossy", bytes("RIFF....WEBPVP8 ", [0, 0, 0, 0, 0, 0, 0, 0x9d, 0x01, 0x2a], [0x40, 1, 0xf0, 0])],
  // 319 and 239 in fourteen bits each, the lowest first.
  ["lossless", bytes("RIFF....WEBPVP8L", [0, 0, 0, 0, 0x2f], [0x3f, 0xc1, 0x3b, 0])],
  ["extended", bytes("RIFF....WEBPVP8X", [10, 0, 0, 0, 0, 0, 0, 0], [0x3f, 1, 0], [0xef, 0, 0])],
])("reads the size of a %s WebP", async (_kind, file) => {
  expect(await pictureSize(file, "image/webp")).toEqual({ width: 320, height: 240 });
});

it("reads the size of a TIFF in either byte order", async () => {
  const little = bytes(
    "II*\0",
    [8, 0, 0, 0],
    [2, 0],
    [0, 1, 3, 0, 1, 0, 0, 0, 0x40, 1, 0, 0],
    [1, 1, 4, 0, 1, 0, 0, 0, 0xf0, 0, 0, 0],
  );
  const big = bytes(
    "MM\0*",
    [0, 0, 0, 8],
    [0, 2],
    [1, 0, 0, 3, 0, 0, 0, 1, 1, 0x40, 0, 0],
    [1, 1, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0xf0],
  );
  expect(await pictureSize(little, "image/tiff")).toEqual({ width: 320, height: 240 });
  expect(await pictureSize(big, "image/tiff")).toEqual({ width: 320, height: 240 });
});

it("returns null for a truncated picture", async () => {
  expect(await pictureSize(bytes("\xFF\xD8\xFF\xE0"), "image/jpeg")).toBeNull();
  expect(await pictureSize(bytes("\x89PNG"), "image/png")).toBeNull();
});
