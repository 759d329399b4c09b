import { zipSync } from "fflate";

import type { Edits } from "../model";
import { CanvasTooLarge, encoded, newLargeSheet, newSheet, release, type Sheet } from "./canvas";
import { formats, QUALITY, type ExportFormat } from "./formats";
import { wholeBox, type Box, type Size } from "./geometry";
import { loadLayers, type Layers, type Pixels } from "./layers";
import { greyPng } from "./png";
import { renderPicture, renderSubject, type Subject } from "./render";

export type ExportOptions = {
  format: ExportFormat;
  /** 0 to 1, for JPEG and WebP. */
  quality?: number;
};

/** The names of the two files in the ZIP. */
export type ZipNames = { color: string; alpha: string };

/** This browser cannot write that format. */
export class FormatUnsupported extends Error {
  constructor(format: ExportFormat) {
    super(`This browser does not write ${format}`);
    this.name = "FormatUnsupported";
  }
}

const ZIP_NAMES: ZipNames = { color: "color.jpg", alpha: "alpha.png" };
/** The largest canvas that every browser has. */
const SAFE_PIXELS = 4096 * 4096;
const ROWS = 256;

/**
 * The file to download, drawn from layers in full size (`loadLayers` without `maxPixels`).
 *
 * @throws CanvasTooLarge if there is no memory for it
 * @throws FormatUnsupported for WebP in browsers that do not write it (`canWriteWebp`)
 * @throws NotAPicture if the picture chosen as background cannot be decoded
 */
export async function exportPicture(
  layers: Layers,
  edits: Edits,
  { format, quality = QUALITY }: ExportOptions,
  names: ZipNames = ZIP_NAMES,
): Promise<Blob> {
  switch (format) {
    case "png":
    case "webp":
    case "jpeg": {
      const sheet = await renderPicture(layers, edits, formats[format].ground);
      return writtenAndReleased(sheet, format, quality);
    }
    case "matte":
      return withSubject(layers, edits, matteOf);
    case "zip":
      return withSubject(layers, edits, async (subject) => {
        const matte = await matteOf(subject);
        const colors = await writtenAndReleased(colorsOf(subject, layers), "jpeg", quality);
        const files = { [names.color]: await bytes(colors), [names.alpha]: await bytes(matte) };
        return new Blob([zipSync(files, { level: 0 })], { type: "application/zip" });
      });
  }
}

/** A file and whether it had to be made smaller than the picture is. */
export type Exported = Size & { blob: Blob; reduced: boolean };

/**
 * From the files to the file: decodes, draws, encodes, and gives all memory back. Where the browser has no
 * canvas for the full size (phones), the result is scaled down and says so.
 *
 * @throws as `exportPicture` and `loadLayers`
 */
export async function exportFiles(
  source: Blob | null,
  cutout: Blob,
  edits: Edits,
  options: ExportOptions,
): Promise<Exported> {
  try {
    return await exportWithin(Number.POSITIVE_INFINITY, source, cutout, edits, options);
  } catch (error) {
    if (!(error instanceof CanvasTooLarge)) {
      throw error;
    }
    return exportWithin(SAFE_PIXELS, source, cutout, edits, options);
  }
}

async function exportWithin(
  maxPixels: number,
  source: Blob | null,
  cutout: Blob,
  edits: Edits,
  options: ExportOptions,
): Promise<Exported> {
  const layers = await loadLayers(source, cutout, { maxPixels });
  try {
    const blob = await exportPicture(layers, edits, options);
    const { width, height, full } = layers;
    return { blob, width, height, reduced: width < full.width };
  } finally {
    layers.dispose();
  }
}

/** Puts a PNG on the clipboard. Takes the promise, because Safari wants to be asked before the picture is ready. */
export async function copyPicture(png: Promise<Blob>): Promise<void> {
  await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
}

/** Whether pictures can be put on the clipboard here. */
export function canCopyPictures(): boolean {
  return typeof ClipboardItem !== "undefined" && Boolean(navigator.clipboard?.write);
}

let webp: Promise<boolean> | undefined;

/** Whether this browser writes WebP (Safari does not). */
export function canWriteWebp(): Promise<boolean> {
  webp ??= (async () => {
    const sheet = newSheet({ width: 1, height: 1 });
    return (await encoded(sheet, "image/webp")) !== null;
  })();
  return webp;
}

async function writtenAndReleased(
  sheet: Sheet,
  format: "png" | "webp" | "jpeg",
  quality: number,
): Promise<Blob> {
  try {
    const blob = await encoded(sheet, formats[format].mediaType, quality);
    if (!blob) {
      throw new FormatUnsupported(format);
    }
    return blob;
  } finally {
    release(sheet);
  }
}

async function withSubject(
  layers: Layers,
  edits: Edits,
  make: (subject: Subject) => Promise<Blob>,
): Promise<Blob> {
  const subject = renderSubject(layers, edits);
  try {
    return await make(subject);
  } finally {
    subject.dispose();
  }
}

async function matteOf({ picture, frame }: Subject): Promise<Blob> {
  const { read, done } = stripReader(picture, frame);
  try {
    return await greyPng(frame, (y, rows) => {
      const pixels = read(y, rows).data;
      const alpha = new Uint8Array(pixels.length / 4);
      for (let index = 0; index < alpha.length; index += 1) {
        alpha[index] = pixels[index * 4 + 3] ?? 0;
      }
      return alpha;
    });
  } finally {
    done();
  }
}

/** Every pixel opaque: the subject's own colors where there is any of it, else the original's. */
function colorsOf({ picture, frame }: Subject, layers: Layers): Sheet {
  const readers: StripReader[] = [];
  const reader = (pixels: Pixels) => {
    const one = stripReader(pixels, frame);
    readers.push(one);
    return one;
  };
  const result = newLargeSheet(frame);
  try {
    const subject = reader(picture);
    const behind = layers.original && reader(layers.original);
    for (const { y, height } of strips(frame)) {
      const image = subject.read(y, height);
      const { data } = image;
      const original = behind?.read(y, height).data;
      for (let index = 0; index < data.length; index += 4) {
        if (data[index + 3] === 0) {
          // Beyond the picture, and where there is no original, it is white.
          const seen = (original?.[index + 3] ?? 0) > 0;
          for (let channel = index; channel < index + 3; channel += 1) {
            data[channel] = (seen ? original?.[channel] : undefined) ?? 255;
          }
        }
        data[index + 3] = 255;
      }
      result.pen.putImageData(image, 0, y);
    }
    return result;
  } catch (error) {
    release(result);
    throw error;
  } finally {
    readers.forEach(({ done }) => done());
  }
}

type StripReader = ReturnType<typeof stripReader>;

/** Reads rows of a part of a picture, which may lie partly beyond it. */
function stripReader(picture: Pixels, part: Box) {
  const strip = newSheet(
    { width: part.width, height: Math.min(ROWS, part.height) },
    { willReadFrequently: true },
  );
  return {
    read: (y: number, rows: number): ImageData => {
      strip.pen.clearRect(0, 0, part.width, rows);
      strip.pen.drawImage(picture, -part.x, -part.y - y);
      return strip.pen.getImageData(0, 0, part.width, rows);
    },
    done: () => release(strip),
  };
}

function strips(frame: Box): Box[] {
  const { height } = frame;
  return Array.from({ length: Math.ceil(height / ROWS) }, (_, index) => ({
    ...wholeBox(frame),
    y: index * ROWS,
    height: Math.min(ROWS, height - index * ROWS),
  }));
}

async function bytes(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}
