import { expect, it } from "vitest";

import { createRate } from "./rate";

it("is null until it is known", () => {
  const rate = createRate();
  expect(rate.perSecond()).toBeNull();
  rate.note(0, 0);
  rate.note(1_000, 1_000);
  expect(rate.perSecond()).toBeNull();
});

it("is the rate of the last seconds, not of the whole upload", () => {
  const rate = createRate();
  rate.note(0, 0);
  rate.note(1_000, 2_000);
  expect(rate.perSecond()).toBe(500);
  rate.note(2_000, 20_000);
  rate.note(4_000, 22_000);
  expect(rate.perSecond()).toBe(1_000);
});

it("is null without growth, and after a reset", () => {
  const rate = createRate();
  rate.note(5, 0);
  rate.note(5, 5_000);
  expect(rate.perSecond()).toBeNull();
  rate.note(50, 6_000);
  expect(rate.perSecond()).not.toBeNull();
  rate.reset();
  expect(rate.perSecond()).toBeNull();
});
