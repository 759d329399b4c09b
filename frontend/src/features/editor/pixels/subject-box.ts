import type { Shadow } from "../model";
import { intersection, longerSide, wholeBox, type Box, type Size } from "./geometry";

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

/**
 * The frame of a cropped picture: the subject, its margin, and room for its shadow. It may go beyond the
 * picture, as the server's does, unless `inside` says that there is nothing to show there. But not on a side
 * where the picture cuts the subject off: a bust is not to float.
 */
export function cropFrame(
  subject: Box,
  margin: number,
  shadow: Shadow | null,
  picture: Size,
  inside: boolean,
): Box {
  const side = longerSide(picture);
  const air = Math.round(margin * side);
  const reach = shadow ? shadowReach(shadow, side) : { top: 0, right: 0, bottom: 0, left: 0 };
  const [endX, endY] = [subject.x + subject.width, subject.y + subject.height];
  const left = subject.x > 0 ? Math.max(air, reach.left) : 0;
  const top = subject.y > 0 ? Math.max(air, reach.top) : 0;
  const right = endX < picture.width ? Math.max(air, reach.right) : 0;
  const bottom = endY < picture.height ? Math.max(air, reach.bottom) : 0;
  const frame = {
    x: subject.x - left,
    y: subject.y - top,
    width: subject.width + left + right,
    height: subject.height + top + bottom,
  };
  return (inside && intersection(frame, wholeBox(picture))) || frame;
}

/** The reach of a shadow beyond its subject. Beyond two deviations it is invisible. */
function shadowReach({ blur, dx, dy }: Shadow, side: number) {
  const pixels = (share: number) => Math.max(0, Math.ceil(share * side));
  return {
    top: pixels(2 * blur - dy),
    right: pixels(2 * blur + dx),
    bottom: pixels(2 * blur + dy),
    left: pixels(2 * blur - dx),
  };
}
