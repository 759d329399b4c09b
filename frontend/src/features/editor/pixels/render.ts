import type { Edits } from "../model";
import { drawBackdrop, freeBackdrop, loadBackdrop, type Backdrop } from "./background";
import { newLargeSheet, release, type Sheet } from "./canvas";
import { cropFrame, placedShadow } from "./composition";
import { wholeBox, type Box } from "./geometry";
import type { Layers, Pixels } from "./layers";
import { Retouch } from "./retouch";
import { drawShadow, silhouette } from "./shadow";
import { subjectBox } from "./subject-box";

/**
 * The subject alone with the brush's strokes, its bounding box (the whole picture if nothing is visible),
 * and the part of the picture that the result shows.
 */
export type Subject = { picture: Pixels; box: Box; frame: Box; dispose: () => void };

/** The box around the visible pixels of a picture; null if there are none. */
export function subjectBoxOf(picture: Pixels): Box | null {
  // Reading from a bitmap or from graphics memory is slow; reading from a copy in main memory is not.
  const readable = picture instanceof HTMLCanvasElement ? readablePen(picture) : null;
  if (readable) {
    return subjectBox(picture, ({ x, y, width, height }) => readable.getImageData(x, y, width, height).data);
  }
  const copy = newLargeSheet(picture, { willReadFrequently: true });
  try {
    copy.pen.drawImage(picture, 0, 0);
    return subjectBox(picture, ({ x, y, width, height }) => copy.pen.getImageData(x, y, width, height).data);
  } finally {
    release(copy);
  }
}

function readablePen(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const pen = canvas.getContext("2d");
  return pen?.getContextAttributes().willReadFrequently ? pen : null;
}

/** The part of the picture that the result shows: all of it unless it is cropped to something. */
export function frameOf(layers: Layers, edits: Edits, subject: Box | null): Box {
  return edits.crop && subject
    ? cropFrame(subject, edits.crop, edits.shadow, layers.width / layers.full.width)
    : wholeBox(layers);
}

/** Paints the strokes in full size. @throws CanvasTooLarge */
export function renderSubject(layers: Layers, edits: Edits): Subject {
  const retouch = new Retouch(layers);
  try {
    retouch.show(edits.strokes);
    const { picture } = retouch;
    const seen = edits.crop || edits.shadow ? subjectBoxOf(picture) : null;
    const frame = frameOf(layers, edits, seen);
    return { picture, box: seen ?? wholeBox(layers), frame, dispose: () => retouch.dispose() };
  } catch (error) {
    retouch.dispose();
    throw error;
  }
}

/**
 * The picture as it is downloaded, in full size. `ground` is laid under everything, for formats without
 * transparency. The canvas is the caller's to release.
 *
 * @throws CanvasTooLarge
 * @throws NotAPicture if the picture chosen as background cannot be decoded
 */
export async function renderPicture(
  layers: Layers,
  edits: Edits,
  ground: string | null = null,
): Promise<Sheet> {
  const subject = renderSubject(layers, edits);
  let result: Sheet | null = null;
  let backdrop: Backdrop | null = null;
  try {
    backdrop = await loadBackdrop(edits.background, layers);
    result = newLargeSheet(subject.frame);
    const { pen } = result;
    const frame = wholeBox(subject.frame);
    const picture = { x: -subject.frame.x, y: -subject.frame.y, width: layers.width, height: layers.height };
    if (ground) {
      pen.fillStyle = ground;
      pen.fillRect(0, 0, frame.width, frame.height);
    }
    drawBackdrop(pen, backdrop, frame, picture);
    if (edits.shadow) {
      const shadow = placedShadow(edits.shadow, subject.box);
      const shape = silhouette(subject.picture, shadow.blur);
      try {
        drawShadow(pen, shape, shadow, { frame, picture, scale: 1 });
      } finally {
        release(shape.sheet);
      }
    }
    pen.drawImage(subject.picture, picture.x, picture.y);
    return result;
  } catch (error) {
    release(result);
    throw error;
  } finally {
    if (backdrop) {
      freeBackdrop(backdrop, layers);
    }
    subject.dispose();
  }
}
