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

it("by default, the options are a whole WebM with sound", () => {
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

it("a format without transparency gets a background, or keeps the chosen one", () => {
  expect(withFormat(firstChoice, "mp4").background).toBe("#ffffff");
  expect(withFormat({ ...firstChoice, background: "blur" }, "mp4").background).toBe("blur");
  expect(optionsOf({ ...firstChoice, format: "mp4" }, PART, WHOLE).background).toBe("#ffffff");
});

it("options that a format does not support are not requested", () => {
  const choice = { ...firstChoice, background: "#ff0000" };
  expect(optionsOf({ ...choice, format: "matte" }, PART, WHOLE)).toMatchObject({
    background: "transparent",
    sound: false,
  });
  expect(optionsOf({ ...choice, format: "gif" }, PART, WHOLE)).toMatchObject({
    background: "#ff0000",
    sound: false,
  });
});

it("a background picture is required exactly for formats with a background", () => {
  const choice = { ...firstChoice, background: "picture" };
  expect(lacksPicture(choice)).toBe(true);
  expect(lacksPicture({ ...choice, picture: new Blob(["a picture"]) })).toBe(false);
  expect(lacksPicture(withFormat({ ...choice, background: "transparent" }, "mp4"))).toBe(false);
  expect(optionsOf(withFormat(choice, "mp4"), PART, WHOLE).background).toBe("picture");
  expect(lacksPicture({ ...choice, format: "matte" })).toBe(false);
  expect(optionsOf({ ...choice, format: "matte" }, PART, WHOLE).background).toBe("transparent");
  expect(choiceOf(optionsOf(choice, PART, WHOLE))).toMatchObject({ background: "picture", picture: null });
});

it("a preview sends no email", () => {
  const choice = { ...firstChoice, notify: true };
  expect(optionsOf(choice, PART, { ...WHOLE, preview: true })).toMatchObject({
    preview: true,
    notify: false,
  });
  expect(optionsOf(choice, PART, WHOLE).notify).toBe(true);
});

it("without a part, the whole video is requested", () => {
  expect(optionsOf(firstChoice, null, { durationMs: null, preview: false })).toMatchObject({
    from_ms: 0,
    until_ms: null,
  });
});

it("a choice can be restored from its job", () => {
  for (const format of formatNames) {
    const choice = { ...withFormat(firstChoice, format), steady: false };
    const back = choiceOf(optionsOf(choice, PART, WHOLE));
    expect(back).toMatchObject({ format, steady: false, sound: true });
  }
});

it("estimates the size of large formats", () => {
  const size = { width: 1920, height: 1080 };
  // Between Apple's stated rate and twice that.
  expect(expectedBytes("mov", size, 10_000)).toBeGreaterThan(400e6);
  expect(expectedBytes("mov", size, 10_000)).toBeLessThan(900e6);
  expect(expectedBytes("webm", size, 10_000)).toBeNull();
  expect(expectedBytes("png", null, 10_000)).toBeNull();
  expect(formats.mp4.alpha).toBe(false);
});
