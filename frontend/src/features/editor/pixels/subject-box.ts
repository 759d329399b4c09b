import type { Box, Size } from "./geometry";

/** Alpha below this does not count as subject, as on the server: an invisible haze must not widen a crop. */
const VISIBLE = 8;
/** Lines that are read at a time. */
const STRIP = 64;

/** The pixels of a rectangle: red, green, blue, alpha, row by row. */
export type ReadPixels = (box: Box) => Uint8ClampedArray;

/**
 * The box around what is seen of a picture; null if nothing is. Comes in from the four sides and reads no more
 * than it has to, because reading pixels back is slow.
 */
export function subjectBox({ width, height }: Size, read: ReadPixels): Box | null {
  const top = firstLine(height, (start, count) =>
    firstRow(read({ x: 0, y: start, width, height: count }), width, false),
  );
  if (top === null) {
    return null;
  }
  const below = firstLine(height, (start, count) =>
    firstRow(read({ x: 0, y: height - start - count, width, height: count }), width, true),
  );
  const bottom = height - (below ?? 0);
  const rows = { y: top, height: bottom - top };
  const left = firstLine(width, (start, count) =>
    firstColumn(read({ x: start, width: count, ...rows }), count, false),
  );
  const beside = firstLine(width, (start, count) =>
    firstColumn(read({ x: width - start - count, width: count, ...rows }), count, true),
  );
  const x = left ?? 0;
  return { x, width: width - (beside ?? 0) - x, ...rows };
}

/** The first of many lines that `look` finds in strips of them. */
function firstLine(lines: number, look: (start: number, count: number) => number | null): number | null {
  for (let start = 0; start < lines; start += STRIP) {
    const found = look(start, Math.min(STRIP, lines - start));
    if (found !== null) {
      return start + found;
    }
  }
  return null;
}

function firstRow(pixels: Uint8ClampedArray, width: number, fromEnd: boolean): number | null {
  const rows = pixels.length / 4 / width;
  for (let step = 0; step < rows; step += 1) {
    const start = (fromEnd ? rows - 1 - step : step) * width * 4;
    for (let index = start + 3; index < start + width * 4; index += 4) {
      if ((pixels[index] ?? 0) >= VISIBLE) {
        return step;
      }
    }
  }
  return null;
}

function firstColumn(pixels: Uint8ClampedArray, width: number, fromEnd: boolean): number | null {
  for (let step = 0; step < width; step += 1) {
    const column = fromEnd ? width - 1 - step : step;
    for (let index = column * 4 + 3; index < pixels.length; index += width * 4) {
      if ((pixels[index] ?? 0) >= VISIBLE) {
        return step;
      }
    }
  }
  return null;
}
