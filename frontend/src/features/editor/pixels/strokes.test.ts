import { describe, expect, it } from "vitest";

import type { Point } from "./geometry";
import {
  brushOf,
  coverPath,
  coverSegment,
  pointsOf,
  profileOf,
  segments,
  simplified,
  strokeFrom,
  type Mask,
} from "./strokes";

const emptyMask = (width: number, height: number, x = 0, y = 0): Mask => ({
  box: { x, y, width, height },
  cover: new Uint8ClampedArray(width * height),
});
const at = ({ box, cover }: Mask, x: number, y: number) => cover[(y - box.y) * box.width + x - box.x];
const sum = ({ cover }: Mask) => cover.reduce((total, value) => total + value, 0);

describe("a brush", () => {
  it("is as large on every picture, in proportion to its longer side", () => {
    const stroke = { size: 0.1, softness: 0.5 };
    expect(brushOf(stroke, { width: 1000, height: 400 })).toEqual({ radius: 50, softness: 0.5 });
    expect(brushOf(stroke, { width: 200, height: 500 })).toEqual({ radius: 25, softness: 0.5 });
  });

  it("covers as much as a circle of its size", () => {
    const mask = emptyMask(50, 50);
    coverPath(mask, [{ x: 25, y: 25 }], profileOf({ radius: 10, softness: 0 }));
    expect(at(mask, 24, 25)).toBe(255);
    expect(at(mask, 37, 25)).toBe(0);
    expect(sum(mask) / 255).toBeCloseTo(Math.PI * 100, -1);
  });

  it("that is soft fades evenly from its centre", () => {
    const mask = emptyMask(61, 61);
    coverPath(mask, [{ x: 30.5, y: 30.5 }], profileOf({ radius: 30, softness: 1 }));
    const row = Array.from({ length: 31 }, (_, step) => at(mask, 30 + step, 30) ?? 0);
    expect(row).toEqual(row.toSorted((a, b) => b - a));
    expect(row[0]).toBeGreaterThanOrEqual(254);
    expect(row[15]).toBeGreaterThan(110);
    expect(row[15]).toBeLessThan(150);
    expect(row[30]).toBeLessThan(4);
  });
});

describe("a stroke's mask", () => {
  const profile = profileOf({ radius: 6, softness: 0.8 });

  it("is no stronger where the stroke crosses itself", () => {
    const [once, twice] = [emptyMask(60, 40), emptyMask(60, 40)];
    const line: Point[] = [
      { x: 10, y: 20 },
      { x: 50, y: 20 },
    ];
    coverPath(once, line, profile);
    coverPath(twice, [...line, ...line.toReversed()], profile);
    expect(twice.cover).toEqual(once.cover);
  });

  it("is the same in one piece as in tiles", () => {
    const path = [
      { x: 5, y: 7 },
      { x: 50, y: 30 },
      { x: 20, y: 35 },
    ];
    const whole = emptyMask(64, 40);
    coverPath(whole, path, profile);
    const tile = emptyMask(20, 20, 30, 15);
    expect(coverPath(tile, path, profile)).toBe(true);
    for (let y = 15; y < 35; y += 1) {
      for (let x = 30; x < 50; x += 1) {
        expect(at(tile, x, y)).toBe(at(whole, x, y));
      }
    }
  });

  it("says which part of it changed, and that nothing did far away", () => {
    const mask = emptyMask(60, 40);
    expect(coverSegment(mask, { x: -5, y: 20 }, { x: 4, y: 20 }, profile)).toEqual({
      x: 0,
      y: 13,
      width: 11,
      height: 14,
    });
    expect(coverSegment(mask, { x: 200, y: 20 }, { x: 220, y: 20 }, profile)).toBeNull();
  });
});

describe("a path", () => {
  it("of one point is one piece, of none is none", () => {
    const point = { x: 1, y: 2 };
    expect(segments([point])).toEqual([[point, point]]);
    expect(segments([])).toEqual([]);
    expect(segments([point, point, point])).toHaveLength(2);
  });

  it("that is straight keeps only its ends", () => {
    const path = Array.from({ length: 100 }, (_, x) => ({ x, y: 0.1 * Math.sin(x) }));
    expect(simplified(path, 0.5)).toEqual([path[0], path[99]]);
  });

  it("keeps its corners, and is nowhere farther from what was drawn than allowed", () => {
    const path = Array.from({ length: 400 }, (_, step) => ({
      x: step,
      y: 40 * Math.sin(step / 30),
    }));
    const short = simplified(path, 0.5);
    expect(short.length).toBeLessThan(80);
    const distances = path.map((point) =>
      Math.min(...segments(short).map(([from, to]) => distance(point, from, to))),
    );
    expect(Math.max(...distances)).toBeLessThanOrEqual(0.5);
  });

  it("with a great many points is no trouble", () => {
    const path = Array.from({ length: 20_000 }, (_, step) => ({ x: step % 997, y: (step * 7) % 1009 }));
    expect(simplified(path, 1).length).toBeGreaterThan(2);
  });
});

it("a kept stroke fits pictures of every size", () => {
  const path = [
    { x: 100, y: 50 },
    { x: 900, y: 450 },
  ];
  const brush = { tool: "remove", size: 0.05, softness: 0.2 } as const;
  const stroke = strokeFrom(path, brush, { width: 1000, height: 500 });
  expect(stroke).toEqual({
    ...brush,
    points: [
      [0.1, 0.1],
      [0.9, 0.9],
    ],
  });
  expect(pointsOf(stroke, { width: 4000, height: 2000 })[1]).toEqual({ x: 3600, y: 1800 });
});

function distance(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const along = Math.min(
    1,
    Math.max(0, ((point.x - from.x) * dx + (point.y - from.y) * dy) / (dx * dx + dy * dy)),
  );
  return Math.hypot(point.x - from.x - along * dx, point.y - from.y - along * dy);
}
