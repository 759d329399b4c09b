import type { Box, Point, Size } from "./geometry";

/**
 * How a picture lies in the view: a point of the picture times `scale`, plus `x` and `y`, is its place there.
 * Both in the same kind of pixel.
 */
export type Viewport = { scale: number; x: number; y: number };

/** The largest zoom: one pixel of the picture fills this many of the view. */
const MAX_SCALE = 16;
/** However far it is moved, this share of the view still shows the frame. */
const STAYS = 0.25;

/** The whole frame, as large as it goes with some air around it, but never enlarged beyond `maxScale`. */
export function fitted(view: Size, frame: Box, air = 0, maxScale = Number.POSITIVE_INFINITY): Viewport {
  const room = { width: Math.max(1, view.width - 2 * air), height: Math.max(1, view.height - 2 * air) };
  const scale = Math.min(room.width / frame.width, room.height / frame.height, maxScale);
  return centered(view, frame, scale);
}

/** The frame in the middle of the view, at a scale. */
export function centered(view: Size, frame: Box, scale: number): Viewport {
  return {
    scale,
    x: (view.width - frame.width * scale) / 2 - frame.x * scale,
    y: (view.height - frame.height * scale) / 2 - frame.y * scale,
  };
}

/** Larger or smaller by a factor, while the point of the view stays over the same point of the picture. */
export function zoomedAt(viewport: Viewport, factor: number, at: Point, minScale: number): Viewport {
  const largest = Math.max(MAX_SCALE, minScale);
  const scale = Math.min(largest, Math.max(minScale, viewport.scale * factor));
  const real = scale / viewport.scale;
  return { scale, x: at.x - (at.x - viewport.x) * real, y: at.y - (at.y - viewport.y) * real };
}

export function moved(viewport: Viewport, dx: number, dy: number): Viewport {
  return { ...viewport, x: viewport.x + dx, y: viewport.y + dy };
}

/** The viewport moved back as far as needed, so that the frame is not lost from sight. */
export function kept(viewport: Viewport, view: Size, frame: Box): Viewport {
  const along = (offset: number, start: number, length: number, room: number) => {
    const [from, size] = [offset + start * viewport.scale, length * viewport.scale];
    const stays = Math.min(size, room) * STAYS;
    const place = Math.min(room - stays, Math.max(stays - size, from));
    return offset + place - from;
  };
  return {
    scale: viewport.scale,
    x: along(viewport.x, frame.x, frame.width, view.width),
    y: along(viewport.y, frame.y, frame.height, view.height),
  };
}

export function toPicture(viewport: Viewport, point: Point): Point {
  return { x: (point.x - viewport.x) / viewport.scale, y: (point.y - viewport.y) / viewport.scale };
}

export function toView(viewport: Viewport, point: Point): Point {
  return { x: point.x * viewport.scale + viewport.x, y: point.y * viewport.scale + viewport.y };
}

/** Where a rectangle of the picture lies in the view. */
export function boxInView(viewport: Viewport, box: Box): Box {
  return {
    ...toView(viewport, box),
    width: box.width * viewport.scale,
    height: box.height * viewport.scale,
  };
}
