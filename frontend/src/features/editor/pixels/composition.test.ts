import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { noEdits, type Background, type Edits, type Shadow } from "../model";
import { backgroundBlur, placedShadow } from "./composition";
import { coveredPart, gradientLine, wholeBox, type Box, type Point, type Size } from "./geometry";
import { frameOf } from "./render";
import { subjectBox } from "./subject-box";

type Options = Partial<{
  crop: boolean;
  crop_margin: string;
  scale: string;
  position: string;
  max_pixels: number;
  background: string;
  background_blur: string;
  background_picture: Size;
  background_gradient: string;
  shadow: boolean;
  shadow_x: string;
  shadow_y: string;
  shadow_blur: string;
  shadow_opacity: number;
}>;

type Case = {
  name: string;
  picture: Size;
  subject: Box;
  options: Options;
  expected: {
    canvas: Size;
    subject: Box;
    shadow?: { x: number; y: number; blur: number; opacity: number };
    background_blur?: number;
    background_part?: Box;
    gradient?: { from: Point; to: Point };
  };
};

type Matte = { name: string; size: Size; seen: [x: number, y: number, alpha: number][]; subject: Box | null };

// The server's tests read the same file: shared/imaging/tests/it/cases.rs.
const { cases, mattes } = JSON.parse(readFileSync("../fixtures/composition/cases.json", "utf8")) as {
  cases: Case[];
  mattes: Matte[];
};

/** What the API and the command line have, and the editor has not. */
const NOT_HERE = new Set<keyof Options>(["scale", "position", "max_pixels"]);

/** By which option of the API each part of the editor's model is named. A new part does not compile without. */
const MODEL: {
  edits: Record<Exclude<keyof Edits, "strokes" | "undone">, keyof Options>;
  crop: Record<keyof NonNullable<Edits["crop"]>, keyof Options>;
  shadow: Record<keyof Shadow, keyof Options>;
  background: Record<Background["kind"], keyof Options>;
} = {
  edits: { crop: "crop", shadow: "shadow", background: "background" },
  crop: { margin: "crop_margin" },
  shadow: { opacity: "shadow_opacity", blur: "shadow_blur", dx: "shadow_x", dy: "shadow_y" },
  background: {
    transparent: "background",
    color: "background",
    gradient: "background_gradient",
    picture: "background_picture",
    blur: "background_blur",
  },
};

/** The editor's lengths are in percent, and one for all sides. */
function percent(text: string): number | null {
  const share = /^(-?[\d.]+)%$/.exec(text)?.[1];
  return share === undefined ? null : Number(share);
}

/** What the editor keeps for these options; null if it has no such thing. */
function editsFor(options: Options): Edits | null {
  const margin = percent(options.crop_margin ?? "0%");
  const [dx, dy] = [percent(options.shadow_x ?? "1%"), percent(options.shadow_y ?? "2.5%")];
  const blur = percent(options.shadow_blur ?? "1.5%");
  const radius = percent(options.background_blur ?? "2%");
  const missing = margin === null || dx === null || dy === null || blur === null || radius === null;
  if (missing || [...NOT_HERE].some((name) => name in options)) {
    return null;
  }
  return {
    ...noEdits,
    crop: options.crop ? { margin } : null,
    shadow: options.shadow ? { opacity: options.shadow_opacity ?? 50, blur, dx, dy } : null,
    background: backgroundFor(options, radius),
  };
}

function backgroundFor(options: Options, radius: number): Background {
  const [angle, from = "", to = ""] = (options.background_gradient ?? "").split(",");
  if (options.background_picture) {
    return { kind: "picture", picture: new Blob() };
  }
  if (options.background_gradient) {
    return { kind: "gradient", from, to, angle: Number.parseFloat(angle ?? "") };
  }
  if (options.background === "blur") {
    return { kind: "blur", radius };
  }
  return options.background ? { kind: "color", color: options.background } : { kind: "transparent" };
}

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

/** Numbers to a hundredth of a pixel. */
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
