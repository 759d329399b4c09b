import { expect, test } from "vitest";

import { chosenMs, priceOf } from "./price";

test.each([
  [null, 1],
  [200, 1],
  [30_000, 1],
  [30_100, 1],
  [30_101, 2],
  [60_100, 2],
  [61_000, 3],
])("a part of %s ms costs %s credits, as in the service", (durationMs, credits) => {
  expect(priceOf(durationMs, 30_000)).toBe(credits);
});

test("the chosen part is charged, otherwise the whole video", () => {
  const shape = { durationMs: 90_000, width: 640, height: 360 };
  expect(chosenMs({ part: { fromMs: 10_000, untilMs: 15_000 }, shape, job: null })).toBe(5_000);
  expect(chosenMs({ part: null, shape, job: null })).toBe(90_000);
  expect(chosenMs({ part: null, shape: undefined, job: null })).toBeNull();
});
