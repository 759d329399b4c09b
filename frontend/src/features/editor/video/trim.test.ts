import { expect, it } from "vitest";

import { clockOf, firstPart, isTooLong, rangeOf, withEnd, withStart } from "./trim";

const SHORT = { durationMs: 10_000, limitMs: 30_000 };
const LONG = { durationMs: 100_000, limitMs: 30_000 };

it("a video within the limit is selected whole, a longer one from its start", () => {
  expect(firstPart(SHORT)).toEqual({ fromMs: 0, untilMs: 10_000 });
  expect(firstPart(LONG)).toEqual({ fromMs: 0, untilMs: 30_000 });
});

it("a video one frame over the limit is not trimmed", () => {
  const bounds = { durationMs: 30_080, limitMs: 30_000 };
  expect(isTooLong(bounds)).toBe(false);
  expect(withStart(firstPart(bounds), 0, bounds)).toEqual({ fromMs: 0, untilMs: 30_080 });
  expect(withEnd({ fromMs: 0, untilMs: 5_000 }, 30_080, bounds)).toEqual({ fromMs: 0, untilMs: 30_080 });
});

it("a moved start pushes and pulls the end", () => {
  expect(withStart({ fromMs: 0, untilMs: 2_000 }, 5_000, SHORT)).toEqual({ fromMs: 5_000, untilMs: 5_200 });
  expect(withStart({ fromMs: 50_000, untilMs: 80_000 }, 10_000, LONG)).toEqual({
    fromMs: 10_000,
    untilMs: 40_000,
  });
});

it("a moved end pushes and pulls the start", () => {
  expect(withEnd({ fromMs: 5_000, untilMs: 9_000 }, 3_000, SHORT)).toEqual({ fromMs: 2_800, untilMs: 3_000 });
  expect(withEnd({ fromMs: 0, untilMs: 30_000 }, 90_000, LONG)).toEqual({ fromMs: 60_000, untilMs: 90_000 });
});

it("the part stays within the video", () => {
  expect(withStart({ fromMs: 0, untilMs: 9_000 }, -5, SHORT)).toEqual({ fromMs: 0, untilMs: 9_000 });
  expect(withStart({ fromMs: 0, untilMs: 9_000 }, 99_000, SHORT)).toEqual({ fromMs: 9_800, untilMs: 10_000 });
  expect(withEnd({ fromMs: 0, untilMs: 9_000 }, 99_000, SHORT)).toEqual({ fromMs: 0, untilMs: 10_000 });
  expect(withEnd({ fromMs: 500, untilMs: 9_000 }, 0, SHORT)).toEqual({ fromMs: 0, untilMs: 200 });
});

it("the end of the video is requested without a number", () => {
  expect(rangeOf({ fromMs: 0, untilMs: 10_000 }, 10_000)).toEqual({ from_ms: 0, until_ms: null });
  expect(rangeOf({ fromMs: 1_000.4, untilMs: 9_999 }, 10_000)).toEqual({ from_ms: 1_000, until_ms: 9_999 });
  expect(rangeOf({ fromMs: 0, untilMs: 10_000 }, null)).toEqual({ from_ms: 0, until_ms: 10_000 });
});

it("times have the format of players", () => {
  expect(clockOf(0)).toBe("0:00.0");
  expect(clockOf(59_960)).toBe("1:00.0");
  expect(clockOf(3_723_400)).toBe("1:02:03.4");
});
