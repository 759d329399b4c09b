import { newLargeSheet } from "./canvas";
import { withinPixels, type Size } from "./geometry";

/** What can be drawn and has a size: a decoded picture or a canvas. */
export type Pixels = ImageBitmap | HTMLCanvasElement;

/** The decoded pictures that everything is drawn from, both of the same size. */
export type Layers = Size & {
  /** How large the cutout's file is; `width` and `height` are smaller if it was scaled down to work on. */
  full: Size;
  cutout: Pixels;
  /** Null if there is none, or the browser cannot decode it: then nothing can be painted back. */
  original: Pixels | null;
  /** Frees the memory. */
  dispose: () => void;
};

/** A file that this browser cannot decode as a picture. */
export class NotAPicture extends Error {
  constructor(cause?: unknown) {
    super("The browser cannot decode this picture", { cause });
    this.name = "NotAPicture";
  }
}

/** Shapes may differ by as much as rounding a small picture's sides does. */
const SAME_SHAPE = 0.02;

/**
 * Decodes a cutout and its original. With `maxPixels` both are scaled down to that, to work on; downloads are
 * drawn from the full size.
 *
 * @throws NotAPicture if the cutout cannot be decoded
 * @throws CanvasTooLarge if there is no memory for it
 */
export async function loadLayers(
  source: Blob | null,
  cutout: Blob,
  { maxPixels = Number.POSITIVE_INFINITY }: { maxPixels?: number } = {},
): Promise<Layers> {
  const decoded = await decode(cutout);
  const full = { width: decoded.width, height: decoded.height };
  const size = withinPixels(full, maxPixels);
  const small = resized(decoded, size);
  let original: Pixels | null = null;
  try {
    original = source && (await loadOriginal(source, size));
  } catch (error) {
    free(small);
    throw error;
  }
  return {
    ...size,
    full,
    cutout: small,
    original,
    dispose: () => {
      free(small);
      if (original) {
        free(original);
      }
    },
  };
}

async function loadOriginal(source: Blob, size: Size): Promise<Pixels | null> {
  let original: ImageBitmap;
  try {
    original = await decode(source);
  } catch {
    // TIFF and the like: the service reads more than browsers do.
    return null;
  }
  const shape = original.width / original.height / (size.width / size.height);
  if (Math.abs(shape - 1) > SAME_SHAPE && Math.min(size.width, size.height) > 1 / SAME_SHAPE) {
    original.close();
    return null;
  }
  return resized(original, size);
}

/** A file's picture, upright. @throws NotAPicture */
export async function decode(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (error) {
    throw new NotAPicture(error);
  }
}

/** The picture in another size; the given one is used up, also where there is no room. @throws CanvasTooLarge */
export function resized(picture: ImageBitmap, size: Size): Pixels {
  if (picture.width === size.width && picture.height === size.height) {
    return picture;
  }
  try {
    const { canvas, pen } = newLargeSheet(size);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture, 0, 0, size.width, size.height);
    return canvas;
  } finally {
    picture.close();
  }
}

/** Gives a picture's memory back. */
export function free(pixels: Pixels): void {
  if (pixels instanceof HTMLCanvasElement) {
    pixels.width = 0;
    pixels.height = 0;
  } else {
    pixels.close();
  }
}
