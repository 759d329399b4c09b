/** The longer side of a preview upload; the model uses less. */
const LONGER_SIDE = 2_048;
/** The types that the service accepts for a preview. */
const ACCEPTED: readonly string[] = ["image/jpeg", "image/png", "image/webp"];
const TRIES: readonly (readonly [type: string, quality: number])[] = [
  ["image/png", 1],
  ["image/webp", 0.9],
  ["image/jpeg", 0.85],
];

/**
 * A picture for a preview: unchanged if it is small enough, else scaled down. A picture that the browser cannot decode
 * is returned unchanged, because the service may be able to decode it, or reports the problem.
 */
export async function shrink(picture: Blob, maxBytes: number): Promise<Blob> {
  let pixels: ImageBitmap;
  try {
    pixels = await createImageBitmap(picture);
  } catch {
    return picture;
  }
  try {
    const scale = Math.min(1, LONGER_SIDE / Math.max(pixels.width, pixels.height));
    if (scale === 1 && picture.size <= maxBytes && ACCEPTED.includes(picture.type)) {
      return picture;
    }
    const canvas = new OffscreenCanvas(Math.ceil(pixels.width * scale), Math.ceil(pixels.height * scale));
    const context = canvas.getContext("2d");
    if (!context) {
      return picture;
    }
    context.imageSmoothingQuality = "high";
    context.drawImage(pixels, 0, 0, canvas.width, canvas.height);
    // A photo as PNG would take longer to send than to cut out.
    const tries = picture.type === "image/jpeg" ? TRIES.slice(2) : TRIES;
    for (const [type, quality] of tries) {
      // The next is only tried if this one is too large.
      // oxlint-disable-next-line no-await-in-loop
      const small = await canvas.convertToBlob({ type, quality });
      if (small.size <= maxBytes) {
        return small;
      }
    }
    return picture;
  } finally {
    pixels.close();
  }
}
