import { expect, it } from "vitest";

import { blurWeighted } from "./blur";

const size = { width: 41, height: 21 };
const count = size.width * size.height;

function filled(color: (x: number, y: number) => readonly [number, number, number]): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(count * 4);
  for (let index = 0; index < count; index += 1) {
    pixels.set([...color(index % size.width, Math.floor(index / size.width)), 255], index * 4);
  }
  return pixels;
}

it("an even picture stays as it is, to its edges", () => {
  const pixels = filled(() => [10, 120, 230]);
  const before = pixels.slice();
  blurWeighted(pixels, new Float32Array(count).fill(1), size, 4);
  const worst = pixels.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (before[index] ?? 0))),
    0,
  );
  expect(worst).toBeLessThanOrEqual(1);
});

it("an edge becomes as wide as the deviation says", () => {
  const pixels = filled((x) => (x < 20 ? [0, 0, 0] : [255, 255, 255]));
  blurWeighted(pixels, new Float32Array(count).fill(1), size, 3);
  const row = Array.from({ length: size.width }, (_, x) => pixels[(10 * size.width + x) * 4] ?? 0);
  expect(row).toEqual(row.toSorted((a, b) => a - b));
  // A Gaussian has reached 16 % one deviation before the edge's middle.
  expect((row[16] ?? 0) / 255).toBeCloseTo(0.12, 1);
  expect((row[23] ?? 0) / 255).toBeCloseTo(0.88, 1);
});

it("what weighs next to nothing leaves no colour around it", () => {
  const pixels = filled((x) => (x < 20 ? [255, 0, 0] : [0, 0, 200]));
  const weights = new Float32Array(count).map((_, index) => (index % size.width < 20 ? 0.001 : 1));
  blurWeighted(pixels, weights, size, 3);
  const beside = pixels.slice((10 * size.width + 21) * 4, (10 * size.width + 21) * 4 + 3);
  expect([...beside]).toEqual([0, 0, 200]);
});
