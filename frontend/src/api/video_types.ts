import type { components } from "@/api/schema";

/**
 * What the API says of videos, written by hand after the contract until `docs/openapi.json` has it. Not a place
 * for anything that the browser decides by itself.
 */

type Job = components["schemas"]["JobView"];

export type VideoFormat = "webm" | "mov" | "mp4" | "matte" | "zip" | "webp" | "gif" | "png";

export type VideoOptions = {
  format: VideoFormat;
  /** `transparent`, `blur` or a colour like `#ffcc00`. */
  background: string;
  from_ms: number;
  /** Null is the end of the video. */
  until_ms: number | null;
  sound: boolean;
  steady: boolean;
  /** A first look: short, small and free of charge. */
  preview: boolean;
  notify: boolean;
};

/** What a look into a video has found. */
export type Clip = {
  width: number;
  height: number;
  /** Of the whole file. */
  duration_ms: number;
  /** Of the whole file. */
  frames: number;
  /** The part that is worked on. */
  from_ms: number;
  until_ms: number;
};

/** How far the worker of a video is. */
export type Work = { frames: number; of: number; frames_per_second: number; left_s?: number | null };

/** A job with what only those of videos have. */
export type VideoJob = Omit<Job, "options" | "result"> & {
  options: VideoOptions;
  clip?: Clip | null;
  work?: Work | null;
  /** `view_url`: a link that a browser can play or show. */
  result?: (NonNullable<Job["result"]> & { view_url?: string | null }) | null;
};

export type UploadPart = { number: number; size_bytes: number; done: boolean; url?: string | null };

/** The parts of an upload, and where to send those that are missing. */
export type VideoUpload = { part_bytes: number; parts: UploadPart[]; expires_at: string };

/** A new file, or the upload of an earlier job once more. */
export type VideoRequest =
  | { name: string; type: string; size_bytes: number; options?: VideoOptions }
  | { source_job: string; options?: VideoOptions };

export type VideoAnswer = { job: VideoJob; upload?: VideoUpload | null };

/** What `/api/config` says of videos. */
export type VideoConfig = { types: string[]; formats: VideoFormat[]; part_bytes: number; preview_ms: number };

type Plan = components["schemas"]["PlanView"] & { video_bytes: number };

/** The part of a job that is of a video; null for a picture's. */
export function videoOf(job: Job): VideoJob | null {
  return job.kind === "video" ? (job as unknown as VideoJob) : null;
}

/** The limits of a plan for videos. */
export const videoBytes = (plan: components["schemas"]["PlanView"]): number => (plan as Plan).video_bytes;

/** What the service says of videos; undefined from one that knows none. */
export const videoConfig = (config: components["schemas"]["Config"]): VideoConfig | undefined =>
  (config as { video?: VideoConfig }).video;
