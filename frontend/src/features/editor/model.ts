/** The background of the picture. */
export type Background =
  | { kind: "transparent" }
  | { kind: "color"; color: string }
  /** `angle` in degrees, clockwise from upwards, as in CSS. */
  | { kind: "gradient"; from: string; to: string; angle: number }
  | { kind: "picture"; picture: Blob }
  /** The original, blurred; `radius` is the standard deviation in percent of its longer side. */
  | { kind: "blur"; radius: number };

/**
 * A soft shadow of the subject. Lengths are in percent of the subject's longer side, the blur's is a standard
 * deviation; `opacity` is in percent.
 */
export type Shadow = { opacity: number; blur: number; dx: number; dy: number };

/** One movement of the brush, in shares of the picture, so that it fits the preview and the full picture. */
export type Stroke = {
  tool: "keep" | "remove";
  /** Diameter, as a share of the longer side. */
  size: number;
  /** 0: a hard edge; 1: fades from the center. */
  softness: number;
  points: readonly (readonly [x: number, y: number])[];
};

/** The user's edits after the matte, in the units of the API. They are applied when drawn and never change the matte. */
export type Edits = {
  background: Background;
  shadow: Shadow | null;
  /** Crops to the subject, with a margin in percent of the subject's width and height, 0 to 50. */
  crop: { margin: number } | null;
  strokes: readonly Stroke[];
  /** The strokes for redo, the last undone last. */
  undone: readonly Stroke[];
};

export const noEdits: Edits = {
  background: { kind: "transparent" },
  shadow: null,
  crop: null,
  strokes: [],
  undone: [],
};

/** Whether nothing that is drawn was changed after the matte. */
export function areNone(edits: Edits): boolean {
  const drawn = Object.keys(noEdits).filter((name) => name !== "undone") as (keyof Edits)[];
  return drawn.every((name) => JSON.stringify(edits[name]) === JSON.stringify(noEdits[name]));
}

/** A failure in words that can be kept with the item. */
export type Failure = {
  code: string;
  title: string;
  detail: string;
  /** True if the job itself has failed, so that its credit was returned. */
  creditBack: boolean;
};

/** The state of an item. `share` goes from 0 to 1. */
export type Phase =
  | { kind: "waiting" }
  | { kind: "uploading"; share: number }
  | { kind: "processing"; share: number | null }
  | { kind: "ready"; cutout: Blob; scale: "preview" | "full" }
  | { kind: "failed"; failure: Failure }
  | { kind: "cancelled" };

/** One picture in the editor. */
export type Item = {
  id: string;
  name: string;
  /** The original file; null if it is no longer kept. */
  source: Blob | null;
  /** The job that cuts it out in full; null for a visitor's preview. */
  jobId: string | null;
  phase: Phase;
  edits: Edits;
  /** Milliseconds since 1970. */
  addedAt: number;
};
