import { readFileSync } from "node:fs";

import { noEdits, type Background, type Edits, type Shadow } from "../model";
import type { Box, Point, Size } from "./geometry";

// For tests: fixtures/composition/cases.json in the names of the API, and the editor's values for them.

export type Options = Partial<{
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

export type Case = {
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
export const {
  cases,
  mattes,
  formats: files,
  pictures,
} = JSON.parse(readFileSync("../fixtures/composition/cases.json", "utf8")) as {
  cases: Case[];
  mattes: Matte[];
  formats: Record<
    string,
    { extension: string; media_type: string; has_alpha: boolean; quality: number | null }
  >;
  /** Results of the server: `NAME.png`, made from `original.png` and `cutout.png` beside it. */
  pictures: { name: string; options: Options }[];
};

/** Options of the API and the command line that the editor lacks. */
export const NOT_HERE = new Set<keyof Options>(["scale", "position", "max_pixels"]);

/** The API's name for each part of the editor's model. A new part does not compile without one. */
export const MODEL: {
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

/** The editor's lengths are in percent, the same on all sides. */
export function percent(text: string): number | null {
  const share = /^(-?[\d.]+)%$/.exec(text)?.[1];
  return share === undefined ? null : Number(share);
}

/** The editor's value for these options; null if it has none. */
export function editsFor(options: Options): Edits | null {
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
