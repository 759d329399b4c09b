import { expect, it } from "vitest";

import type { VideoOptions } from "@/api/video-types";

import type { Phase } from "./clip";
import { percentOf, stateOf, timeLeft, uploadLeft } from "./words";

const following = (state: "checking" | "waiting" | "working", work: object | null = null) =>
  ({ kind: "following", state, work }) as Phase;

it("has a key for every state of the service", () => {
  expect(stateOf({ phase: following("waiting"), asked: null })).toBe("waiting");
  expect(stateOf({ phase: following("working"), asked: null })).toBe("working");
  expect(stateOf({ phase: { kind: "announcing", busy: true }, asked: null })).toBe("busy");
  expect(stateOf({ phase: { kind: "ready" }, asked: { preview: true } as VideoOptions })).toBe("preview");
  expect(stateOf({ phase: { kind: "ready" }, asked: null })).toBe("ready");
});

it("measures progress in bytes, then in frames, and is null while a machine starts", () => {
  const of = (phase: Phase) => percentOf({ phase, bytes: 200 });
  expect(of({ kind: "uploading", sent: 50, perSecond: null })).toBe(25);
  expect(of({ kind: "paused", sent: 100 })).toBe(50);
  expect(of(following("waiting"))).toBeNull();
  expect(of(following("working", { frames_done: 30, frames_total: 90 }))).toBeCloseTo(33.3, 1);
  expect(of(following("working", { frames_done: 0, frames_total: 0 }))).toBeNull();
});

it("rounds the remaining time to its precision", () => {
  expect(timeLeft(0.2)).toEqual({ unit: "seconds", count: 1 });
  expect(timeLeft(7.4)).toEqual({ unit: "seconds", count: 7 });
  expect(timeLeft(31)).toEqual({ unit: "seconds", count: 35 });
  expect(timeLeft(58)).toEqual({ unit: "minutes", count: 1 });
  expect(timeLeft(200)).toEqual({ unit: "minutes", count: 3 });
  expect(timeLeft(7_000)).toEqual({ unit: "hours", count: 2 });
});

it("an upload of unknown speed has no remaining time", () => {
  const bytes = 1_000;
  expect(uploadLeft({ bytes, phase: { kind: "uploading", sent: 0, perSecond: null } })).toBeNull();
  expect(uploadLeft({ bytes, phase: { kind: "uploading", sent: 500, perSecond: 100 } })).toEqual({
    unit: "seconds",
    count: 5,
  });
});
