import type { VideoJob, VideoOptions, VideoProgress, VideoType } from "@/api/video-types";

import type { Failure } from "../model";
import { firstChoice, type Choice } from "./choice";
import type { Part } from "./trim";

/** The data of the browser's player about a file, before the upload. */
export type Shape = { durationMs: number; width: number; height: number };

/** The state of a video. */
export type Phase =
  /** Choosing the part and the format. `refused` is the reason why it was not started. */
  | { kind: "choosing"; refused: Failure | null }
  | { kind: "announcing"; busy: boolean }
  | { kind: "uploading"; sent: number; perSecond: number | null }
  | { kind: "paused"; sent: number }
  /** Its upload was started, and the file is no longer available. `wrong`: another file was chosen. */
  | { kind: "fileWanted"; wrong: boolean }
  /** The upload is complete; the job contains the progress of the service. */
  | { kind: "following"; state: "checking" | "waiting" | "working"; work: VideoProgress | null }
  | { kind: "ready" }
  | { kind: "failed"; failure: Failure }
  | { kind: "cancelled" };

/** One video in the editor. */
export type VideoClip = {
  id: string;
  name: string;
  bytes: number;
  mediaType: VideoType;
  /** Null if the file was too large to be kept, or was never here. */
  file: Blob | null;
  /** Undefined while it is being read, null if this browser cannot play it. */
  shape: Shape | null | undefined;
  choice: Choice;
  /** Null for the whole video. */
  part: Part | null;
  phase: Phase;
  jobId: string | null;
  /** Its last known state. */
  job: VideoJob | null;
  /** The requested options, once requested. */
  asked: VideoOptions | null;
  /** The idempotency key of its request: two requests with one key are one job. */
  key: string;
  /** The job whose upload is reused; null if the file is uploaded. */
  sourceJob: string | null;
  /** The account that it belongs to; null for a visitor. */
  owner: string | null;
  /** Milliseconds since 1970. */
  addedAt: number;
};

/** The data of a newly added video. */
export type NewClip = Pick<VideoClip, "name" | "bytes" | "mediaType"> & { file: Blob };

let latest = 0;

/** A new clip, whose part and format can be chosen. */
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

/** A clip for an existing job, which is followed. Only the name of its file is known. */
export function clipOfJob(jobId: string, name: string, owner: string): VideoClip {
  const known = { file: new Blob(), name, bytes: 0, mediaType: "video/mp4" } as const;
  return { ...newClip(known, owner), file: null, shape: null, jobId, phase: checking };
}

/** The phase of a video before the first response about its job. */
export const checking: Phase = { kind: "following", state: "checking", work: null };

/** True if it is in progress, so that removing it loses work. */
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

/** The final phase of a video's job; null while the job is open. */
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

/** The phase for the state of a video's job. */
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
