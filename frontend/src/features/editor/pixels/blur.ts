import type { Size } from "./geometry";

/**
 * Blurs a picture in place, weighing each pixel: what weighs nothing leaves no color on its neighbors.
 * Three box blurs, which together are close to a Gaussian with this deviation (in pixels).
 * `pixels` is red, green, blue, alpha; it becomes opaque.
 */
export function blurWeighted(
  pixels: Uint8ClampedArray,
  weights: Float32Array,
  { width, height }: Size,
  sigma: number,
): void {
  const count = width * height;
  const [red, green, blue] = [0, 1, 2].map((channel) => {
    const plane = new Float32Array(count);
    for (let index = 0; index < count; index += 1) {
      plane[index] = (pixels[index * 4 + channel] ?? 0) * (weights[index] ?? 0);
    }
    return smooth(plane, { width, height }, sigma);
  });
  const weight = smooth(weights.slice(), { width, height }, sigma);
  for (let index = 0; index < count; index += 1) {
    const total = weight[index] ?? 0;
    pixels[index * 4] = (red?.[index] ?? 0) / total;
    pixels[index * 4 + 1] = (green?.[index] ?? 0) / total;
    pixels[index * 4 + 2] = (blue?.[index] ?? 0) / total;
    pixels[index * 4 + 3] = 255;
  }
}

function smooth(plane: Float32Array, { width, height }: Size, sigma: number): Float32Array {
  // The deviation of three boxes of width n together is sqrt((n² − 1) / 4).
  const radius = Math.max(1, Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2));
  const line = new Float32Array(Math.max(width, height));
  for (let pass = 0; pass < 3; pass += 1) {
    for (let y = 0; y < height; y += 1) {
      boxLine(plane, line, y * width, 1, width, radius);
    }
    for (let x = 0; x < width; x += 1) {
      boxLine(plane, line, x, width, height, radius);
    }
  }
  return plane;
}

/** The mean of 2 · radius + 1 neighbors along one line; beyond its ends the last value goes on. */
function boxLine(
  plane: Float32Array,
  line: Float32Array,
  start: number,
  step: number,
  count: number,
  radius: number,
): void {
  for (let index = 0; index < count; index += 1) {
    line[index] = plane[start + index * step] ?? 0;
  }
  const at = (index: number) => line[Math.min(count - 1, Math.max(0, index))] ?? 0;
  let sum = 0;
  for (let index = -radius; index <= radius; index += 1) {
    sum += at(index);
  }
  const share = 1 / (2 * radius + 1);
  for (let index = 0; index < count; index += 1) {
    plane[start + index * step] = sum * share;
    sum += at(index + radius + 1) - at(index - radius);
  }
}
