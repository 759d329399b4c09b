import type { Edits, Stroke } from "../model";

/** What was undone before is gone once something new is painted. */
export function withStroke(edits: Edits, stroke: Stroke): Edits {
  return { ...edits, strokes: [...edits.strokes, stroke], undone: [] };
}

export function undo(edits: Edits): Edits {
  const last = edits.strokes.at(-1);
  return last ? { ...edits, strokes: edits.strokes.slice(0, -1), undone: [...edits.undone, last] } : edits;
}

export function redo(edits: Edits): Edits {
  const last = edits.undone.at(-1);
  return last ? { ...edits, strokes: [...edits.strokes, last], undone: edits.undone.slice(0, -1) } : edits;
}

/** Takes all strokes back. Redo brings them again, one by one. */
export function withoutStrokes(edits: Edits): Edits {
  return edits.strokes.length === 0
    ? edits
    : { ...edits, strokes: [], undone: [...edits.undone, ...edits.strokes.toReversed()] };
}

/** How many strokes two lists begin with in common. */
export function commonStrokes(a: readonly Stroke[], b: readonly Stroke[]): number {
  let count = 0;
  for (const stroke of a) {
    const other = b[count];
    if (!other || !sameStroke(stroke, other)) {
      break;
    }
    count += 1;
  }
  return count;
}

// Strokes that were stored and read again are the same strokes, but other objects.
function sameStroke(a: Stroke, b: Stroke): boolean {
  return (
    a === b ||
    (a.tool === b.tool &&
      a.size === b.size &&
      a.softness === b.softness &&
      a.points.length === b.points.length &&
      a.points.every(([x, y], index) => x === b.points[index]?.[0] && y === b.points[index]?.[1]))
  );
}
