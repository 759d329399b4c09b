import { expect, it } from "vitest";

import { BRUSH_SIZE, nextBrushSize } from "./tools";

it("the brush grows and shrinks in steps that undo one another", () => {
  expect(nextBrushSize(nextBrushSize(0.06, 1), -1)).toBeCloseTo(0.06);
});

it("the brush stays within its limits", () => {
  expect(nextBrushSize(BRUSH_SIZE.max, 1)).toBe(BRUSH_SIZE.max);
  expect(nextBrushSize(BRUSH_SIZE.min, -1)).toBe(BRUSH_SIZE.min);
});
