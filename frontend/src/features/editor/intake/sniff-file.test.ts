import { expect, it } from "vitest";

import { sniffFile } from "./sniff-file";

/** A file that begins with these bytes, and is called like a picture whatever it is. */
function file(head: string): File {
  return new File([Uint8Array.from(head, (letter) => letter.charCodeAt(0))], "cat.jpg", {
    type: "image/jpeg",
  });
}

it.each([
  ["image/jpeg", "\xFF\xD8\xFF\xE0\0\x10JFIF"],
  ["image/png", "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"],
  ["image/gif", "GIF89a"],
  ["image/webp", "RIFF\x24\0\0\0WEBPVP8 "],
  ["image/bmp", "BM\x36\0\0\0\0\0\0\0\x36"],
  ["image/tiff", "II*\0\x08\0\0\0"],
  ["image/tiff", "MM\0*\0\0\0\x08"],
])("knows %s by its first bytes", async (type, head) => {
  expect(await sniffFile(file(head))).toEqual({ kind: "picture", type });
});

it.each([
  ["empty", ""],
  ["heic", "\0\0\0\x18ftypheic"],
  ["heic", "\0\0\0\x18ftypmif1"],
  ["avif", "\0\0\0\x1Cftypavif"],
  ["svg", '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">'],
  ["pdf", "%PDF-1.7"],
  ["psd", "8BPS\0\x01"],
  ["video", "\0\0\0\x20ftypisom"],
  ["video", "\0\0\0\x14ftypqt  "],
  ["video", "\x1A\x45\xDF\xA3\x9F"],
  ["video", "RIFF\x24\0\0\0AVI LIST"],
  ["unknown", "BMW is not a bitmap"],
  ["unknown", "Hello"],
])("says what else it is: %s", async (kind, head) => {
  expect(await sniffFile(file(head))).toEqual({ kind });
});
