import type { PictureType } from "../queue/entry";

/** The supported video types, with their names in the API. An animated GIF counts as a picture. */
export type VideoType =
  | "video/mp4"
  | "video/quicktime"
  | "video/webm"
  | "video/x-matroska"
  | "video/x-msvideo"
  | "video/mp2t"
  | "video/3gpp";

/** The type of a file by its first bytes: a supported picture or video, or the kind of an unsupported file. */
export type Sniffed =
  | { kind: "picture"; type: PictureType }
  | { kind: "film"; type: VideoType }
  | { kind: "empty" | "heic" | "avif" | "svg" | "pdf" | "psd" | "jxl" | "video" | "unknown" };

/** Enough for every signature, and for the prologue that some SVG files have. */
const HEAD = 512;

type Kind = Sniffed["kind"];
type Signature = PictureType | VideoType | Kind;

/** Signatures at the very start. `.` stands for any byte. */
const STARTS: readonly (readonly [signature: string, is: Signature])[] = [
  ["\xFF\xD8\xFF", "image/jpeg"],
  ["\x89PNG\r\n\x1A\n", "image/png"],
  ["GIF87a", "image/gif"],
  ["GIF89a", "image/gif"],
  ["RIFF....WEBP", "image/webp"],
  ["II*\0", "image/tiff"],
  ["MM\0*", "image/tiff"],
  ["II+\0", "image/tiff"],
  ["MM\0+", "image/tiff"],
  // The four bytes after the size are reserved and zero. The two letters alone could be any text.
  ["BM....\0\0\0\0", "image/bmp"],
  ["%PDF-", "pdf"],
  ["8BPS", "psd"],
  ["\xFF\x0A", "jxl"],
  ["\0\0\0\x0CJXL ", "jxl"],
  ["RIFF....AVI ", "video/x-msvideo"],
  ["\0\0\x01\xBA", "video"],
  ["FLV\x01", "video"],
  ["0&\xB2\x75", "video"],
];

/** The brands of ISO media files that are not MP4; all others are. */
const BRANDS: readonly (readonly [brand: RegExp, is: Signature])[] = [
  [/^avi[fs]/, "avif"],
  [/^(hei[cfmsx]|he[vi][cmsx]|mif1|msf1)/, "heic"],
  [/^qt {2}/, "video/quicktime"],
  [/^3g[2egprs]/, "video/3gpp"],
];

/** The first boxes of ISO media files without a brand: from old cameras, and interrupted recordings. */
const BOXES: readonly string[] = ["moov", "mdat", "free", "skip", "wide", "pnot"];

/** Types by file name, if the bytes are inconclusive. */
const ENDINGS: readonly (readonly [ending: RegExp, is: VideoType])[] = [
  [/\.(mp4|m4v)$/i, "video/mp4"],
  [/\.(mov|qt)$/i, "video/quicktime"],
  [/\.webm$/i, "video/webm"],
  [/\.mkv$/i, "video/x-matroska"],
  [/\.avi$/i, "video/x-msvideo"],
  [/\.(ts|mts|m2ts)$/i, "video/mp2t"],
  [/\.3gpp?$/i, "video/3gpp"],
];

/** Determines the type from the bytes of a file. Names are unreliable: half of all "JPEG" files are something else. */
export async function sniffFile(file: Blob & { name?: string }): Promise<Sniffed> {
  if (file.size === 0) {
    return { kind: "empty" };
  }
  const bytes = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  const sniffed = sniff(bytes);
  // A recording may begin with unknown bytes; no video begins with only text.
  const named = sniffed.kind === "unknown" && !isText(bytes) && byName(file.name ?? "");
  return named ? { kind: "film", type: named } : sniffed;
}

function sniff(bytes: Uint8Array): Sniffed {
  const head = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const known = STARTS.find(([signature]) => matches(head, signature))?.[1] ?? film(head);
  if (known) {
    return sniffedAs(known);
  }
  return { kind: /<svg[\s>]/i.test(head) ? "svg" : "unknown" };
}

function film(head: string): Signature | undefined {
  if (head.startsWith("\x1A\x45\xDF\xA3")) {
    // WebM is Matroska with its own document type in the header.
    return head.includes("webm") ? "video/webm" : "video/x-matroska";
  }
  const box = head.slice(4, 8);
  if (box === "ftyp") {
    const brand = head.slice(8, 12);
    return BRANDS.find(([pattern]) => pattern.test(brand))?.[1] ?? "video/mp4";
  }
  if (BOXES.includes(box)) {
    return "video/quicktime";
  }
  // A transport stream has packets of 188 bytes that begin with “G”. Cameras put four bytes before each packet.
  const packets = (first: number, length: number) => head[first] === "G" && head[first + length] === "G";
  return packets(0, 188) || packets(4, 192) ? "video/mp2t" : undefined;
}

/** The type of a video by its file name. */
export function byName(name: string): VideoType | undefined {
  return ENDINGS.find(([ending]) => ending.test(name))?.[1];
}

function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

function matches(head: string, signature: string): boolean {
  return Array.from(signature).every((letter, place) => letter === "." || head[place] === letter);
}

function sniffedAs(is: Signature): Sniffed {
  if (is.startsWith("image/")) {
    return { kind: "picture", type: is as PictureType };
  }
  return is.startsWith("video/") ? { kind: "film", type: is as VideoType } : ({ kind: is } as Sniffed);
}
