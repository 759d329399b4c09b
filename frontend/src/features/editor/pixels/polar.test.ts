import { expect, it } from "vitest";

import { fromPolar, toPolar } from "./polar";

it("upwards is 0 degrees, to the right 90, downwards 180, to the left 270", () => {
  expect(toPolar({ dx: 0, dy: -2 })).toEqual({ distance: 2, angle: 0 });
  expect(toPolar({ dx: 3, dy: 0 }).angle).toBe(90);
  expect(toPolar({ dx: 0, dy: 1 }).angle).toBe(180);
  expect(toPolar({ dx: -1, dy: 0 }).angle).toBe(270);
});

it("there and back again is the same", () => {
  const { dx, dy } = fromPolar(0.05, 135);
  expect(toPolar({ dx, dy })).toEqual({ distance: expect.closeTo(0.05), angle: 135 });
});
