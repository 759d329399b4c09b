import { isOpen, type Job } from "@/api/list-jobs";

export type Tone = "neutral" | "busy" | "good" | "bad";

/** The color of a state's badge. The text on it says the same. */
export function toneOf(job: Job): Tone {
  if (isOpen(job)) {
    return "busy";
  }
  return job.state === "completed" ? "good" : job.state === "failed" ? "bad" : "neutral";
}

/** The actions of a job that are available now. */
export type JobActions = {
  download: string | null;
  edit: boolean;
  /** A video opens in the editor, also during processing. */
  open: boolean;
  cancel: boolean;
  retry: boolean;
  remove: boolean;
};

const DAY_MS = 24 * 60 * 60_000;

/**
 * The actions that the service allows. A retry needs the upload, which is kept for `uploadDays`;
 * only the service knows whether it ever arrived.
 */
export function actionsOf(job: Job, uploadDays: number, now = Date.now()): JobActions {
  const open = isOpen(job);
  const download = job.result?.download_url ?? null;
  const uploadKept = now - Date.parse(job.created_at) < uploadDays * DAY_MS;
  return {
    download,
    edit: job.state === "completed" && job.kind === "image" && download !== null,
    open: job.kind === "video" && (job.state === "queued" || job.state === "processing" || download !== null),
    cancel: open,
    retry: (job.state === "failed" || job.state === "cancelled") && uploadKept,
    remove: !open,
  };
}

/** The key of the sentence about the state of the file. */
export function keptOf(job: Job, now = Date.now()): "kept" | "deleted" | "never" | null {
  if (!job.result) {
    return null;
  }
  const { expires_at: expiresAt } = job.result;
  if (!expiresAt) {
    return "never";
  }
  return Date.parse(expiresAt) > now ? "kept" : "deleted";
}
