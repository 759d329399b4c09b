import type { Stroke } from "../model";
import { intersection, longerSide, roundedOut, type Box, type Point, type Size } from "./geometry";

/** A round brush in pixels. */
export type Brush = { radius: number; softness: number };

/** How strongly the brush covers each pixel of a rectangle: 0 to 255, row by row. */
export type Mask = { box: Box; cover: Uint8ClampedArray };

const STEPS = 4096;

/** The brush of a stroke on a picture of that size. */
export function brushOf(stroke: Pick<Stroke, "size" | "softness">, picture: Size): Brush {
  return { radius: (stroke.size * longerSide(picture)) / 2, softness: stroke.softness };
}

/** The points of a stroke in pixels of a picture of that size. */
export function pointsOf(stroke: Stroke, { width, height }: Size): Point[] {
  return stroke.points.map(([x, y]) => ({ x: x * width, y: y * height }));
}

/** Cover by squared distance from the path, as shares of the square of `reach`, in `STEPS` steps. */
export type Profile = { reach: number; cover: Uint8ClampedArray };

/** What the brush does at each distance from its path: full in its core, then falling without a corner. */
export function profileOf({ radius, softness }: Brush): Profile {
  const reach = radius + 0.5;
  // A hard edge, too, fades over one pixel, or it would have steps.
  const fade = Math.max(1, softness * reach);
  const cover = new Uint8ClampedArray(STEPS + 1);
  for (let step = 0; step <= STEPS; step += 1) {
    const distance = Math.sqrt(step / STEPS) * reach;
    const share = Math.min(1, Math.max(0, (reach - distance) / fade));
    cover[step] = 255 * share * share * (3 - 2 * share);
  }
  return { reach, cover };
}

/** The rectangle that a piece of a path can touch. */
export function segmentBox(from: Point, to: Point, { reach }: Profile): Box {
  return roundedOut({
    x: Math.min(from.x, to.x) - reach,
    y: Math.min(from.y, to.y) - reach,
    width: Math.abs(to.x - from.x) + 2 * reach,
    height: Math.abs(to.y - from.y) + 2 * reach,
  });
}

/**
 * Covers a straight piece of a path. Where pieces overlap the stronger counts, so that a stroke is even
 * however often it crosses itself. Gives the rectangle that may have changed.
 */
export function coverSegment(mask: Mask, from: Point, to: Point, profile: Profile): Box | null {
  const touched = intersection(segmentBox(from, to, profile), mask.box);
  if (!touched) {
    return null;
  }
  const { reach, cover } = profile;
  const reachSquared = reach * reach;
  const perSquare = STEPS / reachSquared;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const lengthSquared = dx * dx + dy * dy;
  const perLength = lengthSquared === 0 ? 0 : 1 / lengthSquared;
  const [left, right] = [touched.x, touched.x + touched.width];
  for (let y = touched.y; y < touched.y + touched.height; y += 1) {
    // Pixels are sampled at their centers.
    const py = y + 0.5 - from.y;
    const row = (y - mask.box.y) * mask.box.width - mask.box.x;
    for (let x = left; x < right; x += 1) {
      const index = row + x;
      const px = x + 0.5 - from.x;
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) * perLength));
      const [ox, oy] = [px - along * dx, py - along * dy];
      const squared = ox * ox + oy * oy;
      if (squared < reachSquared) {
        const value = cover[(squared * perSquare) | 0] ?? 0;
        if (value > (mask.cover[index] ?? 0)) {
          mask.cover[index] = value;
        }
      }
    }
  }
  return touched;
}

/** Covers what a whole path touches within the mask; false if that is nothing. */
export function coverPath(mask: Mask, path: readonly Point[], profile: Profile): boolean {
  let any = false;
  for (const [from, to] of segments(path)) {
    any = coverSegment(mask, from, to, profile) !== null || any;
  }
  return any;
}

/** The straight pieces of a path; a single point is a piece without length. */
export function segments(path: readonly Point[]): [from: Point, to: Point][] {
  const [first] = path;
  if (first && path.length === 1) {
    return [[first, first]];
  }
  return path.slice(1).map((to, index) => [path[index] ?? to, to]);
}

/**
 * A path with fewer points that is nowhere farther than `tolerance` from the drawn one
 * (Ramer, Douglas and Peucker, without recursion: a stroke can have thousands of points).
 */
export function simplified(path: readonly Point[], tolerance: number): Point[] {
  if (path.length < 3) {
    return [...path];
  }
  const keep = new Set([0, path.length - 1]);
  const open: [number, number][] = [[0, path.length - 1]];
  for (let piece = open.pop(); piece; piece = open.pop()) {
    const [start, end] = piece;
    let [farthest, worst] = [-1, tolerance];
    for (let index = start + 1; index < end; index += 1) {
      const distance = distanceToPiece(path[index], path[start], path[end]);
      if (distance > worst) {
        [farthest, worst] = [index, distance];
      }
    }
    if (farthest >= 0) {
      keep.add(farthest);
      open.push([start, farthest], [farthest, end]);
    }
  }
  return path.filter((_, index) => keep.has(index));
}

function distanceToPiece(point: Point | undefined, from: Point | undefined, to: Point | undefined): number {
  if (!point || !from || !to) {
    return 0;
  }
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along =
    length === 0 ? 0 : Math.min(1, Math.max(0, ((point.x - from.x) * dx + (point.y - from.y) * dy) / length));
  return Math.hypot(point.x - from.x - along * dx, point.y - from.y - along * dy);
}

/** A stroke that was drawn in pixels of a picture of that size, ready to be kept. */
export function strokeFrom(
  path: readonly Point[],
  brush: { tool: Stroke["tool"]; size: number; softness: number },
  picture: Size,
): Stroke {
  const radius = (brush.size * longerSide(picture)) / 2;
  // A fortieth of the radius is not seen, and leaves a tenth of the points.
  const points = simplified(path, Math.max(0.25, radius / 40));
  return {
    ...brush,
    points: points.map(({ x, y }) => [tidy(x / picture.width), tidy(y / picture.height)] as const),
  };
}

// A hundredth of a pixel of a picture ten thousand wide: more digits only fill the browser's storage.
function tidy(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}
