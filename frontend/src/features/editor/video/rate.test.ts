import { expect, it } from "vitest";

import { createRate } from "./rate";

it("says nothing before it knows", () => {
  const rate = createRate();
  expect(rate.perSecond()).toBeNull();
  rate.note(0, 0);
  rate.note(1_000, 1_000);
  expect(rate.perSecond()).toBeNull();
});

it("is what the last seconds were, not the whole way", () => {
  const rate = createRate();
  rate.note(0, 0);
  rate.note(1_000, 2_000);
  expect(rate.perSecond()).toBe(500);
  rate.note(2_000, 20_000);
  rate.note(4_000, 22_000);
  expect(rate.perSecond()).toBe(1_000);
});

it("says nothing of what stands still, and forgets what was before a pause", () => {
  const rate = createRate();
  rate.note(5, 0);
  rate.note(5, 5_000);
  expect(rate.perSecond()).toBeNull();
  rate.note(50, 6_000);
  expect(rate.perSecond()).not.toBeNull();
  rate.reset();
  expect(rate.perSecond()).toBeNull();
});
