import type { Phase, VideoClip } from "./clip";

/** The keys of a video's state under `state` and `hint` of the texts. */
export type StateWord =
  | Exclude<Phase["kind"], "following">
  | "busy"
  | "checking"
  | "waiting"
  | "working"
  | "preview";

/** The state of a video, as a key. */
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

/** The progress of the current step of a video, in percent; null while unknown. */
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

/** The remaining time, rounded to its precision. */
export function timeLeft(seconds: number): TimeLeft {
  if (seconds < 55) {
    // The number does not change every second.
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

/** The remaining upload time; null while unknown. */
export function uploadLeft({ phase, bytes }: Pick<VideoClip, "phase" | "bytes">): TimeLeft | null {
  if (phase.kind !== "uploading" || !phase.perSecond) {
    return null;
  }
  return timeLeft((bytes - phase.sent) / phase.perSecond);
}
