import type { Stroke } from "../model";
import { newLargeSheet, newSheet, release, type Sheet } from "./canvas";
import { intersection, wholeBox, type Box, type Point } from "./geometry";
import { commonStrokes } from "./history";
import type { Layers, Pixels } from "./layers";
import {
  brushOf,
  coverPath,
  pointsOf,
  profileOf,
  segmentBox,
  segments,
  type Mask,
  type Profile,
} from "./strokes";

/** Strokes are painted tile by tile: masks stay small, and undo keeps only what a stroke touched. */
const TILE = 512;

type Kept = { box: Box; sheet: Sheet };
type Applied = {
  stroke: Stroke;
  /** What the tiles were before; null once forgotten. */ before: Kept[] | null;
};

/** A cutout with the brush's strokes on it. */
export class Retouch {
  readonly #layers: Layers;
  readonly #maxKept: number;
  #sheet: Sheet | null = null;
  #brush: Sheet | null = null;
  #applied: Applied[] = [];
  #kept = 0;

  /** `maxKept`: how many tiles (1 MB each) to keep for undo. None, and undo paints all strokes again. */
  constructor(layers: Layers, maxKept = 0) {
    this.#layers = layers;
    this.#maxKept = maxKept;
  }

  /** What the cutout looks like now. Changes in place; do not write on it. */
  get picture(): Pixels {
    return this.#sheet?.canvas ?? this.#layers.cutout;
  }

  /** The picture to write on, from now on. @throws CanvasTooLarge */
  get sheet(): Sheet {
    if (!this.#sheet) {
      // Without undo it is for a download, whose pixels are read.
      this.#sheet = newLargeSheet(this.#layers, { willReadFrequently: this.#maxKept === 0 });
      this.#sheet.pen.drawImage(this.#layers.cutout, 0, 0);
    }
    return this.#sheet;
  }

  /** Makes the picture show exactly these strokes. True if it changed. */
  show(strokes: readonly Stroke[]): boolean {
    const common = commonStrokes(
      this.#applied.map(({ stroke }) => stroke),
      strokes,
    );
    const changes = common < this.#applied.length || common < strokes.length;
    while (this.#applied.length > common) {
      if (!this.#takeBack()) {
        this.#startOver();
      }
    }
    for (const stroke of strokes.slice(this.#applied.length)) {
      this.#apply(stroke);
    }
    return changes;
  }

  dispose(): void {
    for (const { before } of this.#applied) {
      this.#forget(before);
    }
    this.#applied = [];
    release(this.#sheet, this.#brush);
    this.#sheet = null;
    this.#brush = null;
  }

  #takeBack(): boolean {
    const last = this.#applied.at(-1);
    if (!last?.before) {
      return false;
    }
    const { pen } = this.sheet;
    for (const { box, sheet } of last.before) {
      pen.clearRect(box.x, box.y, box.width, box.height);
      pen.drawImage(sheet.canvas, box.x, box.y);
    }
    this.#forget(last.before);
    this.#applied.pop();
    return true;
  }

  #startOver(): void {
    for (const { before } of this.#applied) {
      this.#forget(before);
    }
    this.#applied = [];
    const { pen } = this.sheet;
    pen.clearRect(0, 0, this.#layers.width, this.#layers.height);
    pen.drawImage(this.#layers.cutout, 0, 0);
  }

  #apply(stroke: Stroke): void {
    const path = pointsOf(stroke, this.#layers);
    const profile = profileOf(brushOf(stroke, this.#layers));
    const tiles = this.#tilesOf(path, profile);
    // All are copied before the first is changed: a canvas that is read and written in turns is copied whole,
    // by some browsers, at each turn.
    const before = this.#maxKept > 0 ? tiles.map((box) => this.#keep(box)) : null;
    for (const box of tiles) {
      this.#paintTile(stroke.tool, box, path, profile);
    }
    this.#applied.push({ stroke, before });
    this.#kept += before?.length ?? 0;
    for (const applied of this.#applied) {
      if (this.#kept <= this.#maxKept) {
        break;
      }
      this.#forget(applied.before);
      applied.before = null;
    }
  }

  /** The tiles of the picture that a path touches. */
  #tilesOf(path: readonly Point[], profile: Profile): Box[] {
    const boxes = segments(path).map(([from, to]) => segmentBox(from, to, profile));
    const picture = wholeBox(this.#layers);
    const tiles: Box[] = [];
    for (let y = 0; y < picture.height; y += TILE) {
      for (let x = 0; x < picture.width; x += TILE) {
        const tile = intersection({ x, y, width: TILE, height: TILE }, picture);
        if (tile && boxes.some((box) => intersection(box, tile))) {
          tiles.push(tile);
        }
      }
    }
    return tiles;
  }

  #paintTile(tool: Stroke["tool"], box: Box, path: readonly Point[], profile: Profile): void {
    const mask: Mask = { box, cover: new Uint8ClampedArray(box.width * box.height) };
    if (coverPath(mask, path, profile)) {
      this.#brush ??= newSheet({ width: TILE, height: TILE }, { willReadFrequently: true });
      putMask(this.#brush.pen, mask, box, { x: 0, y: 0 });
      if (tool === "keep" && this.#layers.original) {
        fillMask(this.#brush.pen, this.#layers.original, box);
      }
      paintMask(tool, this.sheet.pen, this.#brush, box);
    }
  }

  #keep(box: Box): Kept {
    const sheet = newSheet(box);
    sheet.pen.drawImage(this.sheet.canvas, -box.x, -box.y);
    return { box, sheet };
  }

  #forget(before: Kept[] | null): void {
    this.#kept -= before?.length ?? 0;
    release(...(before ?? []).map(({ sheet }) => sheet));
  }
}

/** Writes a part of a mask as alpha, its upper left corner at `at`. */
export function putMask(pen: CanvasRenderingContext2D, mask: Mask, part: Box, at: Point): void {
  const image = new ImageData(part.width, part.height);
  const { data } = image;
  for (let y = 0; y < part.height; y += 1) {
    let from = (part.y + y - mask.box.y) * mask.box.width + part.x - mask.box.x;
    let to = y * part.width * 4 + 3;
    for (let x = 0; x < part.width; x += 1) {
      data[to] = mask.cover[from] ?? 0;
      from += 1;
      to += 4;
    }
  }
  pen.putImageData(image, at.x, at.y);
}

/** Gives a mask that lies in the corner of a canvas the colors of that part of a picture. */
export function fillMask(pen: CanvasRenderingContext2D, original: Pixels, box: Box): void {
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, box.width, box.height);
  pen.clip();
  pen.globalCompositeOperation = "source-in";
  pen.drawImage(original, -box.x, -box.y);
  pen.restore();
}

/** Lays a mask over a picture: to take away, or, filled with the original, to bring back. */
export function paintMask(tool: Stroke["tool"], pen: CanvasRenderingContext2D, brush: Sheet, box: Box): void {
  pen.save();
  pen.globalCompositeOperation = tool === "remove" ? "destination-out" : "source-over";
  pen.drawImage(brush.canvas, 0, 0, box.width, box.height, box.x, box.y, box.width, box.height);
  pen.restore();
}
