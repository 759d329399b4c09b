import { clipped, newSheet, type Sheet } from "./canvas";
import type { PlacedShadow } from "./composition";
import { longerSide, roundedOut, wholeBox, type Box, type Size } from "./geometry";
import type { Pixels } from "./layers";

/** A blurred black silhouette of the subject. */
export type Silhouette = {
  sheet: Sheet;
  /** Where it lies, in pixels of the picture: beyond it by what the blur spreads. */
  box: Box;
};

/** A blur this wide needs no more pixels: enlarged it looks the same. */
const ENOUGH_SIGMA = 6;

/**
 * The shape of a shadow. `sigma` is in pixels of the picture; `maxSide` limits the size of the shape, for a view
 * that is smaller than the picture.
 */
export function silhouette(subject: Pixels, sigma: number, maxSide = Number.POSITIVE_INFINITY): Silhouette {
  const picture: Size = subject;
  const side = longerSide(picture);
  const scale = Math.min(1, maxSide / side, sigma > 0 ? ENOUGH_SIGMA / sigma : 1);
  const spread = Math.ceil(3 * sigma);
  const whole = wholeBox(picture);
  const small = roundedOut({
    x: -spread * scale,
    y: -spread * scale,
    width: (whole.width + 2 * spread) * scale,
    height: (whole.height + 2 * spread) * scale,
  });
  const sheet = newSheet(small);
  const { pen } = sheet;
  // The picture itself is drawn beside the canvas, so that only its shadow falls on it.
  const beside = small.width + Math.ceil(whole.width * scale);
  pen.shadowColor = "#000";
  pen.shadowBlur = 2 * sigma * scale;
  pen.shadowOffsetX = beside;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(subject, -small.x - beside, -small.y, whole.width * scale, whole.height * scale);
  return {
    sheet,
    box: {
      x: small.x / scale,
      y: small.y / scale,
      width: small.width / scale,
      height: small.height / scale,
    },
  };
}

/** Throws the shadow within a frame. `picture` is where the picture lies and `scale` how large it is drawn. */
export function drawShadow(
  pen: CanvasRenderingContext2D,
  { sheet, box }: Silhouette,
  { opacity, dx, dy }: PlacedShadow,
  { frame, picture, scale }: { frame: Box; picture: Box; scale: number },
): void {
  clipped(pen, frame, () => {
    pen.globalAlpha = opacity;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(
      sheet.canvas,
      picture.x + (box.x + dx) * scale,
      picture.y + (box.y + dy) * scale,
      box.width * scale,
      box.height * scale,
    );
  });
}
