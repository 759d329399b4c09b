import type { VideoFormat, VideoOptions } from "@/api/video-types";

import { rangeOf, type Part } from "./trim";

/** The choices besides the part: the output. */
export type Choice = {
  format: VideoFormat;
  /** `transparent`, `blur`, `picture` or `#rrggbb`. */
  background: string;
  /** The background picture of the user, prepared for sending. */
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
  /** True if it can be transparent; otherwise it needs a background. */
  alpha: boolean;
  /** True if it can have a background. */
  background: boolean;
  sound: boolean;
  /** How a browser displays the result: as video, as picture, or not at all. */
  shownAs: "video" | "picture" | "poster";
  /** Approximate bytes per pixel and frame, for large formats. */
  weight: number | null;
  extension: string;
};

/** The differences between the formats. */
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

/** The default background of a format without transparency. */
const PLAIN = "#ffffff";

/** The choice with another format, and a background that fits it. */
export function withFormat(choice: Choice, format: VideoFormat): Choice {
  const needsOne = !formats[format].alpha && choice.background === "transparent";
  return { ...choice, format, background: needsOne ? PLAIN : choice.background };
}

/** True if the background picture has not been chosen yet. */
export function lacksPicture({ format, background, picture }: Choice): boolean {
  return background === "picture" && picture === null && formats[format].background;
}

/** The options for the service. */
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
    // A preview is ready before an email would arrive.
    notify: notify && !preview,
  };
}

/** The choices of a job, to change them. The service does not return the picture. */
export function choiceOf({ format, background, sound, steady, notify }: VideoOptions): Choice {
  return { format, background, picture: null, sound: sound || !formats[format].sound, steady, notify };
}

/** The frame rate of most cameras. */
const USUAL_RATE = 30;

/** The approximate size of a large file; null if it is small or unknown. */
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
