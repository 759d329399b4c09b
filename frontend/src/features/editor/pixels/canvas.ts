import type { Box, Size } from "./geometry";

/** The browser has no room for a canvas of that size, or no memory. */
export class CanvasTooLarge extends Error {
  constructor({ width, height }: Size) {
    super(`There is no canvas of ${width} × ${height}`);
    this.name = "CanvasTooLarge";
  }
}

/** A canvas with its pen. */
export type Sheet = { canvas: HTMLCanvasElement; pen: CanvasRenderingContext2D };

/**
 * An empty canvas.
 *
 * @throws CanvasTooLarge
 */
export function newSheet(size: Size, settings?: CanvasRenderingContext2DSettings): Sheet {
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const pen = canvas.getContext("2d", settings);
  if (!pen || canvas.width !== size.width || canvas.height !== size.height) {
    throw new CanvasTooLarge(size);
  }
  return { canvas, pen };
}

/**
 * Like `newSheet`, for sizes that browsers may not have. A canvas that is too large says nothing: what is drawn
 * on it is lost. So it is asked for a pixel.
 *
 * @throws CanvasTooLarge
 */
export function newLargeSheet(size: Size, settings?: CanvasRenderingContext2DSettings): Sheet {
  const sheet = newSheet(size, settings);
  const { pen } = sheet;
  const [x, y] = [size.width - 1, size.height - 1];
  pen.fillRect(x, y, 1, 1);
  let alpha: number | undefined;
  try {
    alpha = pen.getImageData(x, y, 1, 1).data[3];
  } catch {
    alpha = 0;
  }
  if (alpha !== 255) {
    release(sheet);
    throw new CanvasTooLarge(size);
  }
  pen.clearRect(x, y, 1, 1);
  return sheet;
}

/** Frees the memory at once. Safari keeps it until the canvas is small. */
export function release(...sheets: (Sheet | null | undefined)[]): void {
  for (const sheet of sheets) {
    if (sheet) {
      sheet.canvas.width = 0;
      sheet.canvas.height = 0;
    }
  }
}

/** Draws only within a box. */
export function clipped(pen: CanvasRenderingContext2D, box: Box, draw: () => void): void {
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y, box.width, box.height);
  pen.clip();
  draw();
  pen.restore();
}

/** The file of a canvas; null if the browser does not write that format. */
export async function encoded(
  { canvas }: Sheet,
  type: "image/png" | "image/jpeg" | "image/webp",
  quality?: number,
): Promise<Blob | null> {
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, type, quality);
  });
  if (!blob) {
    throw new CanvasTooLarge(canvas);
  }
  // What a browser cannot write it writes as PNG.
  return blob.type === type ? blob : null;
}
