import type { Shadow, Stroke } from "../model";
import { drawBackdrop, type Backdrop } from "../pixels/background";
import { clipped, newSheet, release, type Sheet } from "../pixels/canvas";
import { placedShadow } from "../pixels/composition";
import { intersection, roundedOut, wholeBox, type Box, type Point, type Size } from "../pixels/geometry";
import type { Layers, Pixels } from "../pixels/layers";
import { subjectBoxOf } from "../pixels/render";
import { fillMask, paintMask, putMask, Retouch } from "../pixels/retouch";
import { drawShadow, silhouette, type Silhouette } from "../pixels/shadow";
import { brushOf, coverSegment, profileOf, strokeFrom, type Mask, type Profile } from "../pixels/strokes";
import { boxInView, toPicture, type Viewport } from "../pixels/viewport";

/** Tiles of 1 MB kept for undo. */
const TILES_KEPT = 96;
/** A shadow in a view needs no more pixels than a view has. */
const SHADOW_SIDE = 1600;
/** At this zoom and above, single pixels are shown as squares. */
const SHARP_SCALE = 3;

/** The contents of a view. Everything is in its device pixels, except `frame`, which is in pixels of the picture. */
export type Scene = {
  view: Size;
  viewport: Viewport;
  frame: Box;
  backdrop: Backdrop;
  shadow: Shadow | null;
  /** Left of this share of the frame the original is shown: 0 nowhere, 1 everywhere. */
  split: number;
};

export type BrushTool = Pick<Stroke, "tool" | "size" | "softness">;

/** A stroke that is being drawn: only in the view, so that it takes the same time on every picture. */
type Live = {
  scene: Scene;
  brush: BrushTool;
  path: Point[];
  mask: Mask;
  profile: Profile;
  behind: Sheet;
  subject: Sheet;
  original: Sheet | null;
  /** A scratch canvas. */
  cover: Sheet;
  mixed: Sheet;
};

/** Draws one picture into a view. Independent of React. */
export class Painter {
  readonly layers: Layers;
  readonly #retouch: Retouch;
  readonly #pen: CanvasRenderingContext2D;
  #subjectBox: Box | null | undefined;
  #shape: (Silhouette & { sigma: number }) | null = null;
  #live: Live | null = null;

  constructor(layers: Layers, canvas: HTMLCanvasElement) {
    const pen = canvas.getContext("2d");
    if (!pen) {
      throw new Error("There is no 2d context");
    }
    this.layers = layers;
    this.#pen = pen;
    this.#retouch = new Retouch(layers, TILES_KEPT);
  }

  /** Puts the strokes on the picture. @throws CanvasTooLarge */
  show(strokes: readonly Stroke[]): void {
    if (this.#retouch.show(strokes)) {
      this.#subjectBox = undefined;
      release(this.#shape?.sheet);
      this.#shape = null;
    }
  }

  /** The box around the subject, strokes included. */
  get subjectBox(): Box | null {
    if (this.#subjectBox === undefined) {
      this.#subjectBox = subjectBoxOf(this.#retouch.picture);
    }
    return this.#subjectBox;
  }

  draw(scene: Scene): void {
    this.#endLive();
    const { canvas } = this.#pen;
    if (canvas.width !== scene.view.width || canvas.height !== scene.view.height) {
      canvas.width = scene.view.width;
      canvas.height = scene.view.height;
    }
    const pen = this.#pen;
    pen.clearRect(0, 0, scene.view.width, scene.view.height);
    const split = this.layers.original ? scene.split : 0;
    if (split < 1) {
      this.#drawBehind(pen, scene);
      this.#drawPicture(pen, scene, this.#retouch.picture);
    }
    if (split > 0 && this.layers.original) {
      const frame = boxInView(scene.viewport, scene.frame);
      const part = { ...frame, width: frame.width * split };
      const { original } = this.layers;
      clipped(pen, part, () => {
        pen.clearRect(part.x, part.y, part.width, part.height);
        this.#drawPicture(pen, scene, original);
      });
    }
  }

  /** Starts a stroke in the scene that was drawn last; points are in device pixels of the view. */
  begin(scene: Scene, brush: BrushTool): void {
    this.#endLive();
    const { view, viewport } = scene;
    const { radius, softness } = brushOf(brush, this.layers);
    const { original } = this.layers;
    const layer = (draw: (sheet: Sheet) => void) => {
      const sheet = newSheet(view);
      draw(sheet);
      return sheet;
    };
    this.#live = {
      scene,
      brush,
      path: [],
      mask: { box: wholeBox(view), cover: new Uint8ClampedArray(view.width * view.height) },
      profile: profileOf({ radius: radius * viewport.scale, softness }),
      behind: layer(({ pen }) => this.#drawBehind(pen, scene)),
      subject: layer(({ pen }) => this.#drawPicture(pen, scene, this.#retouch.picture)),
      original:
        brush.tool === "keep" && original
          ? layer(({ pen }) => this.#drawPicture(pen, scene, original))
          : null,
      cover: newSheet(view, { willReadFrequently: true }),
      mixed: newSheet(view),
    };
  }

  get painting(): boolean {
    return this.#live !== null;
  }

  /** Extends the stroke by some points and draws it at once. */
  extend(points: readonly Point[]): void {
    const live = this.#live;
    if (!live) {
      return;
    }
    for (const point of points) {
      const from = live.path.at(-1) ?? point;
      live.path.push(point);
      const touched = coverSegment(live.mask, from, point, live.profile);
      if (touched) {
        this.#showLive(live, touched);
      }
    }
  }

  /** The finished stroke; null if it did not touch the picture. The view stays unchanged until the next `draw`. */
  end(): Stroke | null {
    const live = this.#live;
    if (!live) {
      return null;
    }
    const { viewport } = live.scene;
    const reach = live.profile.reach / viewport.scale;
    const path = live.path.map((point) => toPicture(viewport, point));
    const xs = path.map(({ x }) => x);
    const ys = path.map(({ y }) => y);
    this.#endLive();
    const [x, y] = [least(xs) - reach, least(ys) - reach];
    const touched = { x, y, width: most(xs) + reach - x, height: most(ys) + reach - y };
    return path.length > 0 && intersection(touched, wholeBox(this.layers))
      ? strokeFrom(path, live.brush, this.layers)
      : null;
  }

  /** Discards the stroke. The next `draw` shows the picture without it. */
  cancel(): void {
    this.#endLive();
  }

  dispose(): void {
    this.#endLive();
    release(this.#shape?.sheet);
    this.#shape = null;
    this.#retouch.dispose();
  }

  #drawBehind(pen: CanvasRenderingContext2D, { viewport, frame, backdrop, shadow }: Scene): void {
    const place = {
      frame: boxInView(viewport, frame),
      picture: boxInView(viewport, wholeBox(this.layers)),
      scale: viewport.scale,
    };
    drawBackdrop(pen, backdrop, place.frame, place.picture);
    if (shadow) {
      const placed = placedShadow(shadow, this.subjectBox ?? wholeBox(this.layers));
      drawShadow(pen, this.#shadowShape(placed.blur), placed, place);
    }
  }

  #drawPicture(pen: CanvasRenderingContext2D, { viewport, frame }: Scene, pixels: Pixels): void {
    clipped(pen, boxInView(viewport, frame), () => {
      pen.imageSmoothingEnabled = viewport.scale < SHARP_SCALE;
      pen.imageSmoothingQuality = "high";
      const { x, y, width, height } = boxInView(viewport, wholeBox(this.layers));
      pen.drawImage(pixels, x, y, width, height);
    });
  }

  #shadowShape(sigma: number): Silhouette {
    if (this.#shape?.sigma !== sigma) {
      release(this.#shape?.sheet);
      this.#shape = { ...silhouette(this.#retouch.picture, sigma, SHADOW_SIDE), sigma };
    }
    return this.#shape;
  }

  #showLive({ scene, brush, mask, behind, subject, original, cover, mixed }: Live, touched: Box): void {
    const frame = roundedOut(boxInView(scene.viewport, scene.frame));
    const box = intersection(touched, frame);
    if (!box) {
      return;
    }
    const { x, y, width, height } = box;
    putMask(cover.pen, mask, box, { x: 0, y: 0 });
    if (original) {
      fillMask(cover.pen, original.canvas, box);
    }
    mixed.pen.clearRect(x, y, width, height);
    mixed.pen.drawImage(subject.canvas, x, y, width, height, x, y, width, height);
    paintMask(brush.tool, mixed.pen, cover, box);
    const pen = this.#pen;
    pen.clearRect(x, y, width, height);
    pen.drawImage(behind.canvas, x, y, width, height, x, y, width, height);
    pen.drawImage(mixed.canvas, x, y, width, height, x, y, width, height);
  }

  #endLive(): void {
    const live = this.#live;
    this.#live = null;
    release(live?.behind, live?.subject, live?.original, live?.cover, live?.mixed);
  }
}

// Not Math.min(...values): a stroke can have more points than a call may have arguments.
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}
