import { describe, expect, it } from "vitest";

import type { Box, Size } from "./geometry";
import { subjectBox, type ReadPixels } from "./subject-box";

/** A picture that is transparent but for some pixels, and how many of its pixels were read. */
function picture({ width, height }: Size, seen: readonly (readonly [x: number, y: number, alpha: number])[]) {
  const counted = { pixels: 0 };
  const read: ReadPixels = (box: Box) => {
    counted.pixels += box.width * box.height;
    const data = new Uint8ClampedArray(box.width * box.height * 4);
    for (const [x, y, alpha] of seen) {
      const [left, top] = [x - box.x, y - box.y];
      if (left >= 0 && left < box.width && top >= 0 && top < box.height) {
        data[(top * box.width + left) * 4 + 3] = alpha;
      }
    }
    return data;
  };
  return { size: { width, height }, read, counted };
}

describe("the subject's box", () => {
  it("goes from its first to its last pixel on each side", () => {
    const { size, read } = picture({ width: 300, height: 200 }, [
      [40, 90, 255],
      [120, 30, 200],
      [222, 180, 255],
    ]);
    expect(subjectBox(size, read)).toEqual({ x: 40, y: 30, width: 183, height: 151 });
  });

  it("leaves out a haze that nobody sees", () => {
    const { size, read } = picture({ width: 100, height: 100 }, [
      [2, 2, 7],
      [50, 60, 8],
      [99, 99, 1],
    ]);
    expect(subjectBox(size, read)).toEqual({ x: 50, y: 60, width: 1, height: 1 });
  });

  it("of an empty picture is none, of a full one is all", () => {
    const empty = picture({ width: 130, height: 70 }, []);
    expect(subjectBox(empty.size, empty.read)).toBeNull();
    const corners = picture({ width: 130, height: 70 }, [
      [0, 0, 255],
      [129, 69, 255],
    ]);
    expect(subjectBox(corners.size, corners.read)).toEqual({ x: 0, y: 0, width: 130, height: 70 });
  });

  it("does not read what it need not", () => {
    const full = picture({ width: 1000, height: 1000 }, [
      [0, 0, 255],
      [999, 999, 255],
    ]);
    subjectBox(full.size, full.read);
    expect(full.counted.pixels).toBeLessThan(300_000);
  });
});
