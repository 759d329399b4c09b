import { expect, it } from "vitest";

import { sniffFile } from "./sniff-file";

/** A file with these first bytes and, by default, the name of a picture. */
function file(head: string, name = "cat.jpg"): File {
  return new File([Uint8Array.from(head, (letter) => letter.charCodeAt(0))], name, {
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
])("recognizes %s by its first bytes", async (type, head) => {
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
  ["video", "FLV\x01\x05"],
  ["unknown", "BMW is not a bitmap"],
  ["unknown", "Hello"],
])("names the kind of an unsupported file: %s", async (kind, head) => {
  expect(await sniffFile(file(head))).toEqual({ kind });
});

it.each([
  ["video/mp4", "\0\0\0\x20ftypisom"],
  ["video/mp4", "\0\0\0\x18ftypM4V "],
  ["video/quicktime", "\0\0\0\x14ftypqt  "],
  ["video/quicktime", "\0\0\0\x08wide\0\0\0\0mdat"],
  ["video/3gpp", "\0\0\0\x18ftyp3gp4"],
  ["video/webm", "\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x84webm"],
  ["video/x-matroska", "\x1A\x45\xDF\xA3\x9F\x42\x82\x88matroska"],
  ["video/x-msvideo", "RIFF\x24\0\0\0AVI LIST"],
  ["video/mp2t", `G${"\0".repeat(187)}G`],
])("recognizes %s by its first bytes", async (type, head) => {
  expect(await sniffFile(file(head))).toEqual({ kind: "film", type });
});

it("uses the file name if the bytes are inconclusive, but never treats text as a video", async () => {
  expect(await sniffFile(file("\xA7\x01\x02\xFF", "a.MTS"))).toEqual({ kind: "film", type: "video/mp2t" });
  expect(await sniffFile(file("#EXTM3U\n/etc/passwd", "a.mp4"))).toEqual({ kind: "unknown" });
});
