import type { VideoJob, VideoOptions, Work, VideoType } from "@/api/video-types";

import type { Failure } from "../model";
import { firstChoice, type Choice } from "./choice";
import type { Part } from "./trim";

/** What the browser's player says of a file before anything is sent. */
export type Shape = { durationMs: number; width: number; height: number };

/** Where a video stands. */
export type Phase =
  /** Being chosen: which part, and what shall come out. `refused` says why it was not begun. */
  | { kind: "choosing"; refused: Failure | null }
  | { kind: "announcing"; busy: boolean }
  | { kind: "uploading"; sent: number; perSecond: number | null }
  | { kind: "paused"; sent: number }
  /** Its upload was begun, and the file is not here any more. `wrong`: another one was given. */
  | { kind: "fileWanted"; wrong: boolean }
  /** All of it is there; how far the service is with it says the job. */
  | { kind: "following"; state: "checking" | "waiting" | "working"; work: Work | null }
  | { kind: "ready" }
  | { kind: "failed"; failure: Failure }
  | { kind: "cancelled" };

/** One video in the editor. */
export type VideoClip = {
  id: string;
  name: string;
  bytes: number;
  mediaType: VideoType;
  /** Null where the file was too large to be kept, or has never been here. */
  file: Blob | null;
  /** Undefined while it is looked at, null where this browser cannot play it. */
  shape: Shape | null | undefined;
  choice: Choice;
  /** Null for all of it. */
  part: Part | null;
  phase: Phase;
  jobId: string | null;
  /** As it was last seen. */
  job: VideoJob | null;
  /** What was asked for, once it was. */
  asked: VideoOptions | null;
  /** The name of its request towards the API: asked twice under one name, it is one job. */
  key: string;
  /** The job whose upload is used once more; null where the file is sent. */
  sourceJob: string | null;
  /** The account that it is for; null while nobody was signed in. */
  owner: string | null;
  /** Milliseconds since 1970. */
  addedAt: number;
};

/** What is known of a video that was just given. */
export type NewClip = Pick<VideoClip, "name" | "bytes" | "mediaType"> & { file: Blob };

let latest = 0;

/** A video that was just given. */
export function newClip({ file, name, bytes, mediaType }: NewClip, owner: string | null): VideoClip {
  latest = Math.max(Date.now(), latest + 1);
  return {
    id: crypto.randomUUID(),
    name,
    bytes,
    mediaType,
    file,
    shape: undefined,
    choice: firstChoice,
    part: null,
    phase: { kind: "choosing", refused: null },
    jobId: null,
    job: null,
    asked: null,
    key: crypto.randomUUID(),
    sourceJob: null,
    owner,
    addedAt: latest,
  };
}

/** A job that was begun elsewhere, or earlier: it is followed. Of its file only the name is known. */
export function clipOfJob(jobId: string, name: string, owner: string): VideoClip {
  const known = { file: new Blob(), name, bytes: 0, mediaType: "video/mp4" } as const;
  return { ...newClip(known, owner), file: null, shape: null, jobId, phase: checking };
}

/** The phase of a video of whose job nothing has been heard yet. */
export const checking: Phase = { kind: "following", state: "checking", work: null };

/** Whether something is being done about it, so that leaving it costs something. */
export function isUnderWay({ phase }: Pick<VideoClip, "phase">): boolean {
  switch (phase.kind) {
    case "announcing":
    case "uploading":
    case "paused":
    case "fileWanted":
    case "following":
      return true;
    case "choosing":
    case "ready":
    case "failed":
    case "cancelled":
      return false;
  }
}

/** Whether the job of a video has ended, and how; null while it goes on. */
export function endOf({ state, failure }: VideoJob): Phase | null {
  switch (state) {
    case "completed":
      return { kind: "ready" };
    case "failed":
    case "expired":
      return {
        kind: "failed",
        failure: {
          code: failure?.code ?? `job_${state}`,
          title: "",
          detail: failure?.message ?? "",
          creditBack: true,
        },
      };
    case "cancelled":
      return { kind: "cancelled" };
    case "pending":
    case "queued":
    case "processing":
      return null;
  }
}

/** Where a video stands whose job goes on. */
export function phaseOf(job: VideoJob): Phase {
  const ended = endOf(job);
  if (ended) {
    return ended;
  }
  if (job.state === "processing") {
    return { kind: "following", state: "working", work: job.video_progress ?? null };
  }
  return { kind: "following", state: job.state === "queued" ? "waiting" : "checking", work: null };
}
