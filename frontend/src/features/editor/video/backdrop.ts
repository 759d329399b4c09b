import { newSheet, release } from "../pixels/canvas";
import { decode, NotAPicture } from "../pixels/layers";

/** The longer side of the sent picture, as in most videos. */
const LONGER_SIDE = 1_920;
const QUALITY = 0.9;

/**
 * Prepares a background picture for a video: a JPEG that is small enough for a request, and white where the picture is
 * transparent.
 *
 * @throws NotAPicture if the browser cannot decode it
 */
export async function backdropOf(file: Blob): Promise<Blob> {
  const pixels = await decode(file);
  try {
    const scale = Math.min(1, LONGER_SIDE / Math.max(pixels.width, pixels.height));
    const side = (length: number) => Math.max(1, Math.round(length * scale));
    const sheet = newSheet({ width: side(pixels.width), height: side(pixels.height) });
    const { canvas, pen } = sheet;
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(pixels, 0, 0, canvas.width, canvas.height);
    const jpeg = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, "image/jpeg", QUALITY);
    });
    release(sheet);
    if (!jpeg) {
      throw new NotAPicture();
    }
    return jpeg;
  } finally {
    pixels.close();
  }
}

/** Bytes per call: the number of arguments of a call is limited. */
const STEP = 32_768;

/** A file in base64, for JSON. */
export async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += STEP) {
    text += String.fromCharCode(...bytes.subarray(at, at + STEP));
  }
  return btoa(text);
}
