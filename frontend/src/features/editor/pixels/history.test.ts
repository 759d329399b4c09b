import { describe, expect, it } from "vitest";

import { noEdits, type Edits, type Stroke } from "../model";
import { commonStrokes, redo, undo, withoutStrokes, withStroke } from "./history";

const stroke = (x: number): Stroke => ({ tool: "keep", size: 0.1, softness: 0, points: [[x, x]] });
const [a, b, c] = [stroke(0.1), stroke(0.2), stroke(0.3)] as const;
const painted = (...strokes: Stroke[]): Edits => strokes.reduce(withStroke, noEdits);

describe("history", () => {
  it("goes back and forth", () => {
    const edits = painted(a, b);
    const back = undo(undo(edits));
    expect(back.strokes).toEqual([]);
    expect(redo(redo(back))).toEqual(edits);
  });

  it("has ends where nothing happens", () => {
    expect(undo(noEdits)).toBe(noEdits);
    expect(redo(noEdits)).toBe(noEdits);
    expect(withoutStrokes(noEdits)).toBe(noEdits);
  });

  it("forgets what was undone when something new is painted", () => {
    const edits = withStroke(undo(painted(a, b)), c);
    expect(edits.strokes).toEqual([a, c]);
    expect(redo(edits)).toBe(edits);
  });

  it("takes a reset back stroke by stroke", () => {
    const reset = withoutStrokes(undo(painted(a, b, c)));
    expect(reset.strokes).toEqual([]);
    expect(redo(reset).strokes).toEqual([a]);
    expect(redo(redo(redo(reset))).strokes).toEqual([a, b, c]);
  });

  it("leaves everything else as it is", () => {
    const edits = { ...painted(a), crop: { margin: 0.1 } };
    expect(undo(edits).crop).toBe(edits.crop);
  });
});

describe("common strokes", () => {
  it("are counted from the start", () => {
    expect(commonStrokes([a, b, c], [a, b])).toBe(2);
    expect(commonStrokes([a, b], [b, a])).toBe(0);
    expect(commonStrokes([], [a])).toBe(0);
  });

  it("are recognised after they were stored and read again", () => {
    expect(commonStrokes([a, b], structuredClone([a, b]))).toBe(2);
    expect(commonStrokes([a], [{ ...a, softness: 1 }])).toBe(0);
  });
});
