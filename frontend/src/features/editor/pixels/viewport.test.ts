import { describe, expect, it } from "vitest";

import { boxInView, centered, fitted, kept, moved, toPicture, toView, zoomedAt } from "./viewport";

const view = { width: 1000, height: 600 };
const frame = { x: 0, y: 0, width: 4000, height: 3000 };

describe("a picture that fits", () => {
  it("touches the air around it on its tight side and is in the middle of the other", () => {
    const box = boxInView(fitted(view, frame, 20), frame);
    expect(box.y).toBeCloseTo(20);
    expect(box.height).toBeCloseTo(560);
    expect(box.x + box.width / 2).toBeCloseTo(500);
  });

  it("is not enlarged beyond what was asked", () => {
    expect(fitted(view, { x: 0, y: 0, width: 10, height: 10 }, 20, 2).scale).toBe(2);
  });

  it("is shown where its frame is, even when that begins beyond the picture", () => {
    const crop = { x: -50, y: 700, width: 1000, height: 600 };
    const box = boxInView(fitted(view, crop), crop);
    expect(box).toEqual({ x: 0, y: 0, width: 1000, height: 600 });
  });
});

describe("zooming", () => {
  it("leaves the point under the pointer where it is", () => {
    const before = fitted(view, frame);
    const pointer = { x: 312, y: 150 };
    const point = toPicture(before, pointer);
    const after = zoomedAt(before, 1.7, pointer, before.scale);
    expect(after.scale).toBeCloseTo(before.scale * 1.7);
    expect(toView(after, point).x).toBeCloseTo(pointer.x);
    expect(toView(after, point).y).toBeCloseTo(pointer.y);
  });

  it("ends at both limits", () => {
    const before = centered(view, frame, 1);
    expect(zoomedAt(before, 1000, { x: 0, y: 0 }, 0.2).scale).toBe(16);
    expect(zoomedAt(before, 0.0001, { x: 0, y: 0 }, 0.2).scale).toBe(0.2);
  });

  it("at its limit does not move the picture", () => {
    const before = zoomedAt(centered(view, frame, 1), 1000, { x: 0, y: 0 }, 0.2);
    expect(zoomedAt(before, 2, { x: 700, y: 10 }, 0.2)).toEqual(before);
  });
});

describe("moving", () => {
  it("never loses the picture from sight", () => {
    const large = centered(view, frame, 1);
    const gone = kept(moved(large, 1e6, -1e6), view, frame);
    const box = boxInView(gone, frame);
    expect(box.x).toBe(750);
    expect(box.y + box.height).toBe(150);
  });

  it("within sight is not held back", () => {
    const large = centered(view, frame, 1);
    expect(kept(moved(large, 40, -30), view, frame)).toEqual(moved(large, 40, -30));
  });
});

it("there and back again is the same point", () => {
  const viewport = { scale: 0.37, x: -21, y: 77 };
  const { x, y } = toPicture(viewport, toView(viewport, { x: 12, y: 34 }));
  expect([x, y]).toEqual([expect.closeTo(12), expect.closeTo(34)]);
});
