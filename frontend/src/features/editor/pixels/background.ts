import type { Background } from "../model";
import { blurWeighted } from "./blur";
import { clipped, newSheet } from "./canvas";
import { backgroundBlur } from "./composition";
import { bleeding, coveredPart, gradientLine, withinSide, type Box } from "./geometry";
import { decode, resized, type Layers, type Pixels } from "./layers";

/** A background whose pictures are ready to be drawn. */
export type Backdrop =
  | { kind: "none" }
  | { kind: "color"; color: string }
  | { kind: "gradient"; from: string; to: string; angle: number }
  /** Covers the frame. */
  | { kind: "cover"; picture: Pixels }
  /** Has the position of the picture; beyond the picture, the colors of its edges continue. */
  | { kind: "under"; picture: Pixels };

/** Blurred pictures are smooth: a small one, enlarged, looks like a large one and is there at once. */
const BLUR_SIDE = 640;
/** A blur of less than this on the small picture cannot be told from none. */
const LEAST_SIGMA = 0.8;
/** The weight of the subject in the blur: little, so that it does not glow, but enough where there is nothing else. */
const SUBJECT_WEIGHT = 0.004;
/** The limit for the number of pixels of a background. */
const COVER_SIDE = 6000;

/**
 * Prepares a background. The caller frees its decoded pictures (`freeBackdrop`).
 *
 * @throws NotAPicture if its picture cannot be decoded
 */
export async function loadBackdrop(background: Background, layers: Layers): Promise<Backdrop> {
  switch (background.kind) {
    case "transparent":
      return { kind: "none" };
    case "color":
    case "gradient":
      return background;
    case "picture": {
      const picture = await decode(background.picture);
      return { kind: "cover", picture: resized(picture, withinSide(picture, COVER_SIDE)) };
    }
    case "blur":
      return blurredBackdrop(layers, background.radius);
  }
}

/** The original without sharpness; nothing if there is no original. */
export function blurredBackdrop(layers: Layers, radius: number): Backdrop {
  const { original } = layers;
  if (!original) {
    return { kind: "none" };
  }
  const size = withinSide(layers, BLUR_SIDE);
  const sigma = backgroundBlur(radius, size);
  if (sigma < LEAST_SIGMA) {
    return { kind: "under", picture: original };
  }
  const small = newSheet(size, { willReadFrequently: true });
  const { pen } = small;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(layers.cutout, 0, 0, size.width, size.height);
  const matte = pen.getImageData(0, 0, size.width, size.height).data;
  const weights = new Float32Array(size.width * size.height).map((_, index) => {
    const behind = 1 - (matte[index * 4 + 3] ?? 0) / 255;
    return Math.max(SUBJECT_WEIGHT, behind * behind);
  });
  pen.drawImage(original, 0, 0, size.width, size.height);
  const image = pen.getImageData(0, 0, size.width, size.height);
  blurWeighted(image.data, weights, size, sigma);
  pen.putImageData(image, 0, 0);
  return { kind: "under", picture: small.canvas };
}

/** Frees what `loadBackdrop` decoded. */
export function freeBackdrop(backdrop: Backdrop, layers: Layers): void {
  if ((backdrop.kind === "cover" || backdrop.kind === "under") && backdrop.picture !== layers.original) {
    if (backdrop.picture instanceof HTMLCanvasElement) {
      backdrop.picture.width = 0;
    } else {
      backdrop.picture.close();
    }
  }
}

/** Fills a frame. `picture` is where the picture lies; both in pixels of what is drawn on. */
export function drawBackdrop(
  pen: CanvasRenderingContext2D,
  backdrop: Backdrop,
  frame: Box,
  picture: Box,
): void {
  switch (backdrop.kind) {
    case "none":
      break;
    case "color":
      pen.fillStyle = backdrop.color;
      pen.fillRect(frame.x, frame.y, frame.width, frame.height);
      break;
    case "gradient": {
      const { from, to } = gradientLine(frame, backdrop.angle);
      const gradient = pen.createLinearGradient(from.x, from.y, to.x, to.y);
      gradient.addColorStop(0, backdrop.from);
      gradient.addColorStop(1, backdrop.to);
      pen.fillStyle = gradient;
      pen.fillRect(frame.x, frame.y, frame.width, frame.height);
      break;
    }
    case "cover": {
      const part = coveredPart(backdrop.picture, frame);
      pen.imageSmoothingQuality = "high";
      pen.drawImage(
        backdrop.picture,
        part.x,
        part.y,
        part.width,
        part.height,
        frame.x,
        frame.y,
        frame.width,
        frame.height,
      );
      break;
    }
    case "under":
      clipped(pen, frame, () => {
        pen.imageSmoothingQuality = "high";
        for (const [from, to] of bleeding(backdrop.picture, picture, frame)) {
          pen.drawImage(
            backdrop.picture,
            from.x,
            from.y,
            from.width,
            from.height,
            to.x,
            to.y,
            to.width,
            to.height,
          );
        }
      });
      break;
  }
}
