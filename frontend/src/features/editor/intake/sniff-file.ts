import type { PictureType } from "../queue/entry";

/** What a file is by its first bytes: a picture that can be cut out, or something that cannot, and why. */
export type Sniffed =
  | { kind: "picture"; type: PictureType }
  | { kind: "empty" | "heic" | "avif" | "svg" | "pdf" | "psd" | "jxl" | "video" | "unknown" };

/** Enough for every signature, and for the prologue that some SVG files have. */
const HEAD = 512;

type Kind = Sniffed["kind"];

/** Signatures at the very start. `.` stands for any byte. */
const STARTS: readonly (readonly [signature: string, is: PictureType | Kind])[] = [
  ["\xFF\xD8\xFF", "image/jpeg"],
  ["\x89PNG\r\n\x1A\n", "image/png"],
  ["GIF87a", "image/gif"],
  ["GIF89a", "image/gif"],
  ["RIFF....WEBP", "image/webp"],
  ["II*\0", "image/tiff"],
  ["MM\0*", "image/tiff"],
  ["II+\0", "image/tiff"],
  ["MM\0+", "image/tiff"],
  // The four bytes after the size are reserved and nought; two letters alone could be any text.
  ["BM....\0\0\0\0", "image/bmp"],
  ["%PDF-", "pdf"],
  ["8BPS", "psd"],
  ["\xFF\x0A", "jxl"],
  ["\0\0\0\x0CJXL ", "jxl"],
  ["\x1A\x45\xDF\xA3", "video"],
  ["RIFF....AVI ", "video"],
  ["\0\0\x01\xBA", "video"],
  ["FLV\x01", "video"],
  ["0&\xB2\x75", "video"],
];

/** The brands of ISO media files that are still pictures; all others are films. */
const BRANDS: readonly (readonly [brand: RegExp, is: Kind])[] = [
  [/^avi[fs]/, "avif"],
  [/^(hei[cfmsx]|he[vi][cmsx]|mif1|msf1)/, "heic"],
];

/** Looks at the bytes of a file. What it is called says little: half of all "JPEG" files are something else. */
export async function sniffFile(file: Blob): Promise<Sniffed> {
  if (file.size === 0) {
    return { kind: "empty" };
  }
  return sniff(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
}

function sniff(bytes: Uint8Array): Sniffed {
  const head = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const known = STARTS.find(([signature]) => matches(head, signature))?.[1];
  if (known) {
    return isPicture(known) ? { kind: "picture", type: known } : ({ kind: known } as Sniffed);
  }
  if (head.slice(4, 8) === "ftyp") {
    const brand = head.slice(8, 12);
    return { kind: BRANDS.find(([pattern]) => pattern.test(brand))?.[1] ?? "video" } as Sniffed;
  }
  if (head.slice(4, 8) === "moov" || head.slice(4, 8) === "mdat") {
    return { kind: "video" };
  }
  return { kind: /<svg[\s>]/i.test(head) ? "svg" : "unknown" };
}

function matches(head: string, signature: string): boolean {
  return Array.from(signature).every((letter, place) => letter === "." || head[place] === letter);
}

function isPicture(is: PictureType | Kind): is is PictureType {
  return is.startsWith("image/");
}
