import type { Phase, VideoClip } from "./clip";

/** The names of the words for where a video stands, under `state` and `hint` of the texts. */
export type StateWord =
  | Exclude<Phase["kind"], "following">
  | "busy"
  | "checking"
  | "waiting"
  | "working"
  | "preview";

/** Where a video stands, as a word. */
export function stateOf({ phase, asked }: Pick<VideoClip, "phase" | "asked">): StateWord {
  switch (phase.kind) {
    case "following":
      return phase.state;
    case "announcing":
      return phase.busy ? "busy" : "announcing";
    case "ready":
      return asked?.preview ? "preview" : "ready";
    case "choosing":
    case "uploading":
    case "paused":
    case "fileWanted":
    case "failed":
    case "cancelled":
      return phase.kind;
  }
}

/** How far a video is in what is being done with it, in percent; null while that is not known. */
export function percentOf({ phase, bytes }: Pick<VideoClip, "phase" | "bytes">): number | null {
  switch (phase.kind) {
    case "uploading":
    case "paused":
      return bytes > 0 ? Math.min(100, (phase.sent / bytes) * 100) : null;
    case "following": {
      const { work } = phase;
      return work && work.frames_total > 0
        ? Math.min(100, (work.frames_done / work.frames_total) * 100)
        : null;
    }
    case "ready":
    case "failed":
    case "cancelled":
      return 100;
    case "choosing":
    case "announcing":
    case "fileWanted":
      return null;
  }
}

export type TimeLeft = { unit: "seconds" | "minutes" | "hours"; count: number };

/** How long something still takes, as exactly as one may say it. */
export function timeLeft(seconds: number): TimeLeft {
  if (seconds < 55) {
    // Not every second another number.
    return {
      unit: "seconds",
      count: seconds < 10 ? Math.max(1, Math.round(seconds)) : Math.ceil(seconds / 5) * 5,
    };
  }
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes < 90
    ? { unit: "minutes", count: minutes }
    : { unit: "hours", count: Math.round(minutes / 60) };
}

/** How long sending still takes; null while that cannot be said. */
export function uploadLeft({ phase, bytes }: Pick<VideoClip, "phase" | "bytes">): TimeLeft | null {
  if (phase.kind !== "uploading" || !phase.perSecond) {
    return null;
  }
  return timeLeft((bytes - phase.sent) / phase.perSecond);
}
