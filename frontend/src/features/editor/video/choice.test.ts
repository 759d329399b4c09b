import { expect, it } from "vitest";

import {
  choiceOf,
  expectedBytes,
  firstChoice,
  formatNames,
  formats,
  lacksPicture,
  optionsOf,
  withFormat,
} from "./choice";

const WHOLE = { durationMs: 10_000, preview: false };
const PART = { fromMs: 0, untilMs: 10_000 };

it("asks for a WebM with everything in it, unless somebody says otherwise", () => {
  expect(optionsOf(firstChoice, PART, WHOLE)).toEqual({
    format: "webm",
    background: "transparent",
    from_ms: 0,
    until_ms: null,
    sound: true,
    steady: true,
    preview: false,
    notify: false,
  });
});

it("a format without transparency gets a background, and keeps the one that was chosen", () => {
  expect(withFormat(firstChoice, "mp4").background).toBe("#ffffff");
  expect(withFormat({ ...firstChoice, background: "blur" }, "mp4").background).toBe("blur");
  expect(optionsOf({ ...firstChoice, format: "mp4" }, PART, WHOLE).background).toBe("#ffffff");
});

it("nothing is asked of a format that it has no place for", () => {
  const wish = { ...firstChoice, background: "#ff0000" };
  expect(optionsOf({ ...wish, format: "matte" }, PART, WHOLE)).toMatchObject({
    background: "transparent",
    sound: false,
  });
  expect(optionsOf({ ...wish, format: "gif" }, PART, WHOLE)).toMatchObject({
    background: "#ff0000",
    sound: false,
  });
});

it("a picture is asked for where it makes sense, and nothing begins without it", () => {
  const wish = { ...firstChoice, background: "picture" };
  expect(lacksPicture(wish)).toBe(true);
  expect(lacksPicture({ ...wish, picture: new Blob(["a picture"]) })).toBe(false);
  expect(lacksPicture(withFormat({ ...wish, background: "transparent" }, "mp4"))).toBe(false);
  expect(optionsOf(withFormat(wish, "mp4"), PART, WHOLE).background).toBe("picture");
  expect(lacksPicture({ ...wish, format: "matte" })).toBe(false);
  expect(optionsOf({ ...wish, format: "matte" }, PART, WHOLE).background).toBe("transparent");
  expect(choiceOf(optionsOf(wish, PART, WHOLE))).toMatchObject({ background: "picture", picture: null });
});

it("a first look brings no mail", () => {
  const wish = { ...firstChoice, notify: true };
  expect(optionsOf(wish, PART, { ...WHOLE, preview: true })).toMatchObject({ preview: true, notify: false });
  expect(optionsOf(wish, PART, WHOLE).notify).toBe(true);
});

it("without a part all of it is meant", () => {
  expect(optionsOf(firstChoice, null, { durationMs: null, preview: false })).toMatchObject({
    from_ms: 0,
    until_ms: null,
  });
});

it("a choice comes back out of the job that it led to", () => {
  for (const format of formatNames) {
    const choice = { ...withFormat(firstChoice, format), steady: false };
    const back = choiceOf(optionsOf(choice, PART, WHOLE));
    expect(back).toMatchObject({ format, steady: false, sound: true });
  }
});

it("says of heavy formats about how large they will be", () => {
  const size = { width: 1920, height: 1080 };
  // Between Apple's stated rate and twice that.
  expect(expectedBytes("mov", size, 10_000)).toBeGreaterThan(400e6);
  expect(expectedBytes("mov", size, 10_000)).toBeLessThan(900e6);
  expect(expectedBytes("webm", size, 10_000)).toBeNull();
  expect(expectedBytes("png", null, 10_000)).toBeNull();
  expect(formats.mp4.alpha).toBe(false);
});
