import { create } from "zustand";

import type { Stroke } from "../model";

export type Panel = "background" | "shadow" | "crop" | "brush";

type Tools = {
  panel: Panel;
  tool: Stroke["tool"];
  /** Diameter, as a share of the picture's longer side. */
  size: number;
  softness: number;
  set: (change: Partial<Omit<Tools, "set">>) => void;
};

export const BRUSH_SIZE = { min: 0.005, max: 0.3 };

/** The current tool, which is kept when another picture is opened. */
export const useTools = create<Tools>((set) => ({
  panel: "background",
  tool: "remove",
  size: 0.06,
  softness: 0.3,
  set,
}));

/** The next size of the brush, a fifth larger or smaller. */
export function nextBrushSize(size: number, direction: 1 | -1): number {
  const next = size * (direction > 0 ? 1.2 : 1 / 1.2);
  return Math.min(BRUSH_SIZE.max, Math.max(BRUSH_SIZE.min, next));
}
