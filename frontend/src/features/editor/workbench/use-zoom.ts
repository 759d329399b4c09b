import { useState } from "react";

import type { Box, Point } from "../pixels/geometry";
import { centered, fitted, kept, moved, zoomedAt, type Viewport } from "../pixels/viewport";
import type { ViewSize } from "./use-view-size";

export type Zoom = {
  viewport: Viewport;
  /** The whole frame is in the view, and stays so when either changes. */
  fits: boolean;
  /** The size of a pixel of the full picture on the screen, in percent. */
  percent: number;
  fit: () => void;
  /** One pixel of the picture is one pixel of the screen. */
  actual: () => void;
  /** By a factor, around the middle unless `at` (device pixels) is given. False at the limit. */
  by: (factor: number, at?: Point) => boolean;
  pan: (dx: number, dy: number) => void;
};

/** Padding around a fitted picture, in CSS pixels. */
const AIR = 16;
/** Small pictures are enlarged to fit, but not to a blur. */
const LARGEST_FIT = 2;

/** Where the picture lies in the view. `reduction`: pixels of the full picture per pixel that is drawn. */
export function useZoom(view: ViewSize, frame: Box, reduction: number): Zoom {
  // Without its own viewport, the frame fits.
  const [own, setOwn] = useState<Viewport | null>(null);
  const fit = fitted(view, frame, AIR * view.ratio, LARGEST_FIT * view.ratio * reduction);
  const viewport = own ? kept(own, view, frame) : fit;
  // Several moves can come before the next render: each starts where the one before it ended.
  const change = (next: (from: Viewport) => Viewport) =>
    setOwn((before) => {
      const changed = next(before ? kept(before, view, frame) : fit);
      return changed.scale <= fit.scale ? null : changed;
    });
  return {
    viewport,
    fits: own === null,
    percent: Math.round((viewport.scale / reduction) * 100),
    fit: () => setOwn(null),
    actual: () => {
      const next = centered(view, frame, reduction);
      setOwn(next.scale === fit.scale ? null : next);
    },
    by: (factor, at = { x: view.width / 2, y: view.height / 2 }) => {
      const zoomed = (from: Viewport) => zoomedAt(from, factor, at, Math.min(fit.scale, from.scale));
      change(zoomed);
      return zoomed(viewport).scale !== viewport.scale;
    },
    pan: (dx, dy) => {
      if (own) {
        change((from) => kept(moved(from, dx, dy), view, frame));
      }
    },
  };
}
