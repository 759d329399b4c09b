import { describe, expect, it } from "vitest";

import { noEdits, type Edits } from "../model";
import { backgroundBlur, placedShadow } from "./composition";
import { cases, editsFor, files, mattes, MODEL, NOT_HERE, percent, type Case } from "./composition-cases";
import { formats } from "./formats";
import { coveredPart, gradientLine, wholeBox } from "./geometry";
import { frameOf } from "./render";
import { subjectBox } from "./subject-box";

const here = cases.flatMap((one) => {
  const edits = editsFor(one.options);
  return edits ? [{ ...one, edits }] : [];
});

function placed({ picture, subject, options }: Case, edits: Edits): Case["expected"] {
  const layers = { ...picture, full: picture, cutout: new Image(), original: null, dispose: () => undefined };
  const frame = frameOf(layers as never, edits, subject);
  const { background, shadow } = edits;
  const canvas = { width: frame.width, height: frame.height };
  const falls = shadow && placedShadow(shadow, subject);
  return {
    canvas,
    subject: { ...subject, x: subject.x - frame.x, y: subject.y - frame.y },
    ...(falls && { shadow: { x: falls.dx, y: falls.dy, blur: falls.blur, opacity: falls.opacity } }),
    ...(background.kind === "blur" && { background_blur: backgroundBlur(background.radius, picture) }),
    ...(options.background_picture && {
      background_part: coveredPart(options.background_picture, canvas),
    }),
    ...(background.kind === "gradient" && { gradient: gradientLine(wholeBox(canvas), background.angle) }),
  };
}

/** Rounds to a hundredth of a pixel. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") {
    return Math.round(value * 100) / 100 || 0;
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, rounded(one)]))
    : value;
}

describe("the editor places everything where the API does", () => {
  it.each(here)("$name", ({ edits, ...one }) => {
    expect(rounded(placed(one, edits))).toEqual(rounded(one.expected));
  });

  it("and leaves out only what it does not have", () => {
    const skipped = cases.filter(({ options }) => !editsFor(options));
    const odd = skipped.filter(
      ({ options }) =>
        ![...NOT_HERE].some((name) => name in options) &&
        ![options.crop_margin, options.shadow_x].some((length) => length && percent(length) === null),
    );
    expect(odd).toEqual([]);
    expect(here.length).toBeGreaterThan(cases.length / 2);
  });
});

it("each part of the editor's model is named by a case", () => {
  const named = new Set(here.flatMap(({ options }) => Object.keys(options)));
  const parts = Object.entries(MODEL).flatMap(([where, names]) =>
    Object.entries(names).map(([name, option]) => ({ part: `${where}.${name}`, option })),
  );
  expect(parts.filter(({ option }) => !named.has(option))).toEqual([]);
  const kinds = new Set(here.map(({ edits }) => edits.background.kind));
  expect([...kinds].toSorted()).toEqual(Object.keys(MODEL.background).toSorted());
});

describe("a subject's box is the server's", () => {
  it.each(mattes)("$name", ({ size, seen, subject }) => {
    const found = subjectBox(size, (box) => {
      const data = new Uint8ClampedArray(box.width * box.height * 4);
      for (const [x, y, alpha] of seen) {
        const [left, top] = [x - box.x, y - box.y];
        if (left >= 0 && left < box.width && top >= 0 && top < box.height) {
          data[(top * box.width + left) * 4 + 3] = alpha;
        }
      }
      return data;
    });
    expect(found).toEqual(subject);
  });
});

it("on a picture that was made smaller to work on, a margin's limit shrinks with it", () => {
  const full = { width: 4000, height: 3000 };
  const layers = { width: 1000, height: 750, full } as never;
  const subject = { x: 125, y: 100, width: 600, height: 300 };
  const frame = frameOf(layers, { ...noEdits, crop: { margin: 30 } }, subject);
  expect(frame).toEqual({ x: 0, y: 10, width: 850, height: 480 });
});

it("a format is written as the API writes it", () => {
  const rows = Object.values(formats).filter(({ name }) => name !== null);
  const written = rows.map(({ name, extension, mediaType, ground, quality }) => [
    name,
    {
      extension,
      media_type: mediaType,
      has_alpha: ground === null,
      quality: quality && Math.round(quality * 100),
    },
  ]);
  // A format of the API that browsers cannot write is not here.
  expect(files).toMatchObject(Object.fromEntries(written));
});
