import type { VideoFormat, VideoOptions } from "@/api/video-types";

import { rangeOf, type Part } from "./trim";

/** What somebody chooses beside the part: what shall come out. */
export type Choice = {
  format: VideoFormat;
  /** `transparent`, `blur`, `picture` or `#rrggbb`. */
  background: string;
  /** What stands behind the subject where that is a picture of one's own, ready to be sent. */
  picture: Blob | null;
  sound: boolean;
  steady: boolean;
  notify: boolean;
};

export const firstChoice: Choice = {
  format: "webm",
  background: "transparent",
  picture: null,
  sound: true,
  steady: true,
  notify: false,
};

type Traits = {
  /** Whether it can be transparent: if not, it wants a background. */
  alpha: boolean;
  /** Whether a background makes sense in it. */
  background: boolean;
  sound: boolean;
  /** What a browser does with the result: play it, show it as a picture, or neither. */
  shownAs: "video" | "picture" | "poster";
  /** Bytes for each pixel of each frame, roughly; where that is so much that one should know. */
  weight: number | null;
  extension: string;
};

/** All that differs between the kinds of files. */
export const formats: Record<VideoFormat, Traits> = {
  webm: { alpha: true, background: true, sound: true, shownAs: "video", weight: null, extension: "webm" },
  // Apple states 330 Mbit/s for 1,920 × 1,080 at 29.97 frames a second, and as much again for a busy matte.
  mov: { alpha: true, background: true, sound: true, shownAs: "poster", weight: 0.66, extension: "mov" },
  mp4: { alpha: false, background: true, sound: true, shownAs: "video", weight: null, extension: "mp4" },
  matte: { alpha: true, background: false, sound: false, shownAs: "video", weight: null, extension: "mp4" },
  zip: { alpha: true, background: false, sound: true, shownAs: "poster", weight: null, extension: "zip" },
  webp: { alpha: true, background: true, sound: false, shownAs: "picture", weight: null, extension: "webp" },
  gif: { alpha: true, background: true, sound: false, shownAs: "picture", weight: null, extension: "gif" },
  png: { alpha: true, background: true, sound: false, shownAs: "poster", weight: 1, extension: "zip" },
};

/** In the order in which they are offered. */
export const formatNames = Object.keys(formats) as VideoFormat[];

/** A background for who takes a format that has no transparency and has chosen none. */
const PLAIN = "#ffffff";

/** The choice with another format, and a background that fits it. */
export function withFormat(choice: Choice, format: VideoFormat): Choice {
  const needsOne = !formats[format].alpha && choice.background === "transparent";
  return { ...choice, format, background: needsOne ? PLAIN : choice.background };
}

/** Whether a picture of one's own is wanted behind the subject, and which one is not known. */
export function lacksPicture({ format, background, picture }: Choice): boolean {
  return background === "picture" && picture === null && formats[format].background;
}

/** What is asked of the service. */
export function optionsOf(
  choice: Choice,
  part: Part | null,
  { durationMs, preview }: { durationMs: number | null; preview: boolean },
): VideoOptions {
  const { format, background, sound, steady, notify } = withFormat(choice, choice.format);
  const can = formats[format];
  return {
    format,
    background: can.background ? background : "transparent",
    ...(part ? rangeOf(part, durationMs) : { from_ms: 0, until_ms: null }),
    sound: sound && can.sound,
    steady,
    preview,
    // A first look is there before a mail would be.
    notify: notify && !preview,
  };
}

/** The choice that led to a job, for choosing once more. The service gives no picture back. */
export function choiceOf({ format, background, sound, steady, notify }: VideoOptions): Choice {
  return { format, background, picture: null, sound: sound || !formats[format].sound, steady, notify };
}

/** What most cameras take. */
const USUAL_RATE = 30;

/** About how large the file will be, where that is large; null where it is not, or not known. */
export function expectedBytes(
  format: VideoFormat,
  size: { width: number; height: number } | null,
  lengthMs: number,
): number | null {
  const { weight } = formats[format];
  if (weight === null || !size) {
    return null;
  }
  return weight * size.width * size.height * USUAL_RATE * (lengthMs / 1000);
}
