import { describe, expect, it } from "vitest";

import {
  bleeding,
  coveredPart,
  gradientLine,
  intersection,
  roundedOut,
  withinPixels,
  withinSide,
} from "./geometry";

describe("sizes", () => {
  it("are scaled down in proportion to a number of pixels", () => {
    const size = withinPixels({ width: 8000, height: 6000 }, 12e6);
    expect(size).toEqual({ width: 4000, height: 3000 });
  });

  it("are never scaled up", () => {
    expect(withinPixels({ width: 30, height: 20 }, 1e6)).toEqual({ width: 30, height: 20 });
    expect(withinSide({ width: 30, height: 20 }, 100)).toEqual({ width: 30, height: 20 });
  });

  it("keep at least one pixel on their short side", () => {
    expect(withinSide({ width: 10000, height: 1 }, 100)).toEqual({ width: 100, height: 1 });
  });
});

describe("boxes", () => {
  it("share their overlap", () => {
    const a = { x: 0, y: 0, width: 10, height: 10 };
    expect(intersection(a, { x: 6, y: -4, width: 10, height: 10 })).toEqual({
      x: 6,
      y: 0,
      width: 4,
      height: 6,
    });
  });

  it("that only touch share nothing", () => {
    const a = { x: 0, y: 0, width: 10, height: 10 };
    expect(intersection(a, { x: 10, y: 0, width: 5, height: 5 })).toBeNull();
  });

  it("are rounded outwards to whole pixels", () => {
    expect(roundedOut({ x: -0.5, y: 1.2, width: 2, height: 0.1 })).toEqual({
      x: -1,
      y: 1,
      width: 3,
      height: 1,
    });
  });
});

describe("a picture that covers a frame", () => {
  it("loses its sides to a narrow one", () => {
    const part = coveredPart({ width: 400, height: 200 }, { width: 100, height: 100 });
    expect(part).toEqual({ x: 100, y: 0, width: 200, height: 200 });
  });

  it("loses top and bottom to a wide one", () => {
    const part = coveredPart({ width: 400, height: 200 }, { width: 800, height: 100 });
    expect(part).toEqual({ x: 0, y: 75, width: 400, height: 50 });
  });
});

describe("a gradient", () => {
  const box = { x: 10, y: 20, width: 200, height: 100 };

  it("of 0 degrees runs upwards, of 90 to the right", () => {
    const up = gradientLine(box, 0);
    expect([up.from.y, up.to.y]).toEqual([120, 20]);
    expect(up.from.x).toBeCloseTo(110);
    const right = gradientLine(box, 90);
    expect(right.from.x).toBeCloseTo(10);
    expect(right.to.x).toBeCloseTo(210);
  });

  it("of any direction has its pure colours in two corners", () => {
    const { from, to } = gradientLine(box, 135);
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const share = (x: number, y: number) =>
      ((x - from.x) * (to.x - from.x) + (y - from.y) * (to.y - from.y)) / length ** 2;
    expect(share(10, 20)).toBeCloseTo(0);
    expect(share(210, 120)).toBeCloseTo(1);
  });
});

describe("a picture that fills a frame beyond it", () => {
  const size = { width: 30, height: 20 };
  const picture = { x: 0, y: 0, width: 60, height: 40 };

  it("is drawn alone where the frame does not go beyond it", () => {
    const inside = { x: 5, y: 5, width: 20, height: 20 };
    expect(bleeding(size, picture, inside)).toEqual([[{ x: 0, y: 0, ...size }, picture]]);
  });

  it("goes on in the pixels of its edges and corners, itself on top", () => {
    const frame = { x: -10, y: 5, width: 90, height: 50 };
    const pieces = bleeding(size, picture, frame);
    expect(pieces).toHaveLength(6);
    expect(pieces.at(-1)?.[1]).toEqual(picture);
    expect(pieces).toContainEqual([
      { x: 0, y: 0, width: 1, height: 20 },
      { x: -10, y: 0, width: 11, height: 40 },
    ]);
    expect(pieces[0]).toEqual([
      { x: 0, y: 19, width: 1, height: 1 },
      { x: -10, y: 39, width: 11, height: 16 },
    ]);
    expect(pieces).toContainEqual([
      { x: 29, y: 19, width: 1, height: 1 },
      { x: 59, y: 39, width: 21, height: 16 },
    ]);
  });
});
