/** Width and height, in pixels of whatever is spoken of. */
export type Size = { width: number; height: number };

export type Point = { x: number; y: number };

/** A rectangle; whole pixels unless said otherwise. */
export type Box = { x: number; y: number; width: number; height: number };

/** The rectangle of a whole picture. */
export function wholeBox({ width, height }: Size): Box {
  return { x: 0, y: 0, width, height };
}

export function longerSide({ width, height }: Size): number {
  return Math.max(width, height);
}

/** What two rectangles share; null if that is nothing. */
export function intersection(a: Box, b: Box): Box | null {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** The smallest rectangle of whole pixels around a rectangle. */
export function roundedOut({ x, y, width, height }: Box): Box {
  const left = Math.floor(x);
  const top = Math.floor(y);
  return { x: left, y: top, width: Math.ceil(x + width) - left, height: Math.ceil(y + height) - top };
}

/** The size scaled down, sides in proportion, so that it has no more than that many pixels. */
export function withinPixels(size: Size, maxPixels: number): Size {
  const factor = Math.min(1, Math.sqrt(maxPixels / (size.width * size.height)));
  return scaledSize(size, factor);
}

/** The size scaled down, sides in proportion, so that no side is longer than that. */
export function withinSide(size: Size, maxSide: number): Size {
  return scaledSize(size, Math.min(1, maxSide / longerSide(size)));
}

function scaledSize({ width, height }: Size, factor: number): Size {
  // Rounded down, so that the cap holds.
  return { width: Math.max(1, Math.floor(width * factor)), height: Math.max(1, Math.floor(height * factor)) };
}

/** The part of a picture that is seen when it covers a frame of another shape: its middle. Fractions of pixels. */
export function coveredPart(picture: Size, frame: Size): Box {
  const scale = Math.max(frame.width / picture.width, frame.height / picture.height);
  const width = frame.width / scale;
  const height = frame.height / scale;
  return { x: (picture.width - width) / 2, y: (picture.height - height) / 2, width, height };
}

/**
 * From where to where a gradient runs in a box so that its corners have the pure colors, as CSS says.
 * `angle` in degrees, clockwise from upwards.
 */
export function gradientLine(box: Box, angle: number): { from: Point; to: Point } {
  const radians = (angle * Math.PI) / 180;
  const [right, down] = [Math.sin(radians), -Math.cos(radians)];
  const half = (Math.abs(box.width * right) + Math.abs(box.height * down)) / 2;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  return {
    from: { x: x - right * half, y: y - down * half },
    to: { x: x + right * half, y: y + down * half },
  };
}

/**
 * The draw operations that fill a frame beyond its picture: the corner pixels and the edge lines stretched
 * outwards, then the picture itself. Pairs of a part of the picture, whose size is `size`, and its target. Each
 * target overlaps the next by one pixel, so that there is no visible seam.
 */
export function bleeding(size: Size, picture: Box, frame: Box): [from: Box, to: Box][] {
  const columns = spans(size.width, [picture.x, picture.width], [frame.x, frame.width]);
  const rows = spans(size.height, [picture.y, picture.height], [frame.y, frame.height]);
  const pieces = rows.flatMap((row) => columns.map((column) => ({ row, column })));
  return pieces
    .toSorted((a, b) => a.row.rank + a.column.rank - b.row.rank - b.column.rank)
    .map(({ row, column }) => [boxOf(column.from, row.from), boxOf(column.to, row.to)]);
}

type Span = readonly [at: number, length: number];

function spans(length: number, [at, drawn]: Span, [start, room]: Span) {
  const [end, stop] = [at + drawn, start + room];
  const before = { rank: 0, from: [0, 1], to: [start, at - start + 1] } as const;
  const inside = { rank: 1, from: [0, length], to: [at, drawn] } as const;
  const after = { rank: 0, from: [length - 1, 1], to: [end - 1, stop - end + 1] } as const;
  return [...(at > start ? [before] : []), inside, ...(stop > end ? [after] : [])];
}

function boxOf([x, width]: Span, [y, height]: Span): Box {
  return { x, y, width, height };
}
