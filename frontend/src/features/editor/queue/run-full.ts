// The steps must run one after the other.
/* oxlint-disable no-await-in-loop */
import type { UploadAnswer } from "@/api/create-upload";
import type { Job } from "@/api/get-job";
import { Problem } from "@/lib/problem";

import type { Failure } from "../model";
import { ownFailure, type Entry } from "./entry";
import { isTransient, OtherAccount, withRetries, retryDelay } from "./retry";
import type { Services } from "./services";

/** The context in which one entry is processed. */
export type Work = {
  entry: () => Entry;
  patch: (change: Partial<Entry>) => void;
  services: Services;
  signal: AbortSignal;
  /** The number of entries in progress, including this one. */
  atOnce: () => number;
};

/** Ends the processing of an entry with a failure that has its text already. */
export class Failed extends Error {
  constructor(readonly failure: Failure) {
    super(failure.code);
  }
}

/** The longest interval between two polls of a job. */
const LONGEST_POLL_MS = 2_000;
/** The interval between polls of all jobs together: the service limits the requests per minute, and other pages need some. */
const SHARED_POLL_MS = 600;
/** The first interval is shorter by this time, because most jobs take seconds. */
const FIRST_POLL_SOONER_MS = 1_500;
/** Attempts for an interrupted upload, and for a link that the bucket refuses. */
const MAX_UPLOADS = 8;
const MAX_REFUSALS = 3;

/** Cuts a picture out in full resolution: announce, upload, follow the job, fetch the result. */
export async function runFull(work: Work): Promise<void> {
  const { again, jobId, arrived } = work.entry();
  if (again && jobId) {
    await retryFailedJob(work, jobId);
  } else if (!jobId || !arrived) {
    await uploadSource(work);
  }
  await follow(work);
}

/** Makes a request in the owner's session, never in that of another user who has signed in in the meantime. */
async function callAsOwner<Answer>(
  { entry, services, signal }: Work,
  call: () => Promise<Answer>,
  onBusy?: () => void,
): Promise<Answer> {
  const { owner } = entry();
  const check = () => {
    if (owner !== null && !services.mayBelongTo(owner)) {
      throw new OtherAccount();
    }
  };
  try {
    return await withRetries(services, { signal, ...(onBusy && { onBusy }) }, async () => {
      signal.throwIfAborted();
      check();
      return call();
    });
  } catch (error) {
    signal.throwIfAborted();
    // A job of another account is not deleted, only invisible.
    check();
    throw error;
  }
}

/**
 * Retries a job with its uploaded file. If that file is gone, it is uploaded again. If the service refuses because the
 * job is running or completed already (an earlier response was lost, or another page was faster), the job is only
 * followed: its credit is reserved.
 */
async function retryFailedJob(work: Work, jobId: string): Promise<void> {
  const { services } = work;
  work.patch({ phase: { kind: "processing", share: null } });
  const onBusy = () => work.patch({ phase: { kind: "waiting" } });
  try {
    await callAsOwner(work, () => services.retryJob(jobId), onBusy);
  } catch (error) {
    const { code, status, facts } = Problem.from(error);
    if (error instanceof OtherAccount || (code !== "invalid_state" && status !== 404)) {
      throw error;
    }
    const state = code === "invalid_state" ? facts.state : undefined;
    if (state === "queued" || state === "processing" || state === "completed") {
      work.patch({ again: false, arrived: true });
      return;
    }
    // A pending job waits for its file, under the same key.
    work.patch(state === "pending" ? { again: false, arrived: false } : newJobFields());
    await uploadSource(work);
    return;
  }
  services.changed();
  await cancelIfAborted(work, jobId);
  work.patch({ again: false, arrived: true });
}

/** Cancels a job that was abandoned during its creation, because it would keep its credit reserved. */
async function cancelIfAborted({ services, signal }: Work, jobId: string): Promise<void> {
  if (signal.aborted) {
    await services.cancelJob(jobId).catch(() => undefined);
    services.changed();
    signal.throwIfAborted();
  }
}

/** Uploads the file to the bucket. An interrupted upload starts again, with a link that is still valid. */
async function uploadSource(work: Work): Promise<void> {
  const { services, signal } = work;
  const { source } = work.entry();
  if (!source) {
    throw new Failed(ownFailure("source_gone"));
  }
  let refusals = 0;
  for (let tries = 0; ; tries += 1) {
    work.patch({ phase: { kind: "uploading", share: 0 } });
    // For the same key, the API signs a new link, or reports that the file has been uploaded after all.
    const target = await announce(work, source);
    if (!target) {
      return;
    }
    try {
      const onShare = (share: number) => work.patch({ phase: { kind: "uploading", share } });
      await services.put(target, source, onShare, signal);
      work.patch({ arrived: true, phase: { kind: "processing", share: null } });
      return;
    } catch (error) {
      signal.throwIfAborted();
      const problem = Problem.from(error);
      refusals += problem.code === "upload_refused" ? 1 : 0;
      if (refusals >= MAX_REFUSALS || (tries + 1 >= MAX_UPLOADS && problem.code !== "offline")) {
        throw problem;
      }
      await services.sleep(isTransient(problem) ? retryDelay(Math.min(tries, 5)) : 0, signal);
      await services.online(signal);
    }
  }
}

/** The upload target; null if the job already has the file. */
async function announce(work: Work, source: Blob): Promise<UploadAnswer["upload"] | null> {
  const { services } = work;
  const { name, mediaType, key } = work.entry();
  const onBusy = () => work.patch({ phase: { kind: "waiting" } });
  const request = { name, type: mediaType, size_bytes: source.size };
  let answer: UploadAnswer;
  try {
    answer = await callAsOwner(work, () => services.createUpload(request, key), onBusy);
  } catch (error) {
    const { code, facts } = Problem.from(error);
    const known = code === "invalid_state" && typeof facts.job === "string" ? facts.job : null;
    if (code === "idempotency_key_reused" || (known && ENDED.includes(String(facts.state)))) {
      work.patch(newJobFields());
      return announce(work, source);
    }
    if (!known) {
      throw error;
    }
    work.patch({ jobId: known, arrived: true, phase: { kind: "processing", share: null } });
    return null;
  }
  services.changed();
  await cancelIfAborted(work, answer.job.id);
  work.patch({ jobId: answer.job.id, phase: { kind: "uploading", share: 0 } });
  return answer.upload;
}

const ENDED: readonly string[] = ["cancelled", "expired"] satisfies Job["state"][];

/** The change that makes the next upload of an entry a new job. */
export function newJobFields(): Partial<Entry> {
  return { key: crypto.randomUUID(), jobId: null, arrived: false, again: false };
}

/** Polls the job until it has ended. */
async function follow(work: Work): Promise<void> {
  const { services, signal } = work;
  const id = work.entry().jobId ?? "";
  let etag: string | undefined;
  const longest = () => Math.max(LONGEST_POLL_MS, work.atOnce() * SHARED_POLL_MS);
  for (let wait = longest() - FIRST_POLL_SOONER_MS; ; wait = Math.min(longest(), wait * 1.3)) {
    const known = etag;
    const seen = await callAsOwner(work, () => services.getJob(id, signal, known)).catch((error: unknown) => {
      // Deleted in the meantime, or the ID in the address never existed.
      throw Problem.from(error).status === 404 ? new Failed(ownFailure("job_gone")) : error;
    });
    if (seen) {
      etag = seen.etag;
      if (await applyState(work, seen.job)) {
        services.changed();
        return;
      }
    }
    await services.sleep(wait, signal);
  }
}

/** Applies the state of the job; true if it has ended. */
async function applyState(work: Work, job: Job): Promise<boolean> {
  switch (job.state) {
    case "pending":
    case "queued":
      work.patch({ phase: { kind: "processing", share: null } });
      return false;
    case "processing":
      work.patch({ phase: { kind: "processing", share: job.progress_percent / 100 } });
      return false;
    case "completed":
      await fetchResult(work, job);
      return true;
    case "failed":
      throw new Failed(
        ownFailure(job.failure?.code ?? "failed", { detail: job.failure?.message ?? "", creditBack: true }),
      );
    case "cancelled":
      work.patch({ phase: { kind: "cancelled" } });
      return true;
    case "expired":
      work.patch(newJobFields());
      throw new Failed(ownFailure("upload_interrupted"));
  }
}

/** Fetches the result, and the original if the browser does not have it. */
async function fetchResult(work: Work, { id, name, result }: Job): Promise<void> {
  const { services, signal } = work;
  if (!result?.download_url) {
    throw new Failed(ownFailure("result_gone"));
  }
  work.patch({ phase: { kind: "processing", share: 1 } });
  let links = result;
  const cutout = await callAsOwner(work, async () => {
    try {
      return await services.download(links.download_url ?? "", signal);
    } catch (error) {
      // A link expires after a quarter of an hour, and the browser may have been offline for longer.
      const seen = await services.getJob(id, signal);
      links = seen?.job.result ?? links;
      throw error;
    }
  });
  let { source } = work.entry();
  if (!source && links.source_url) {
    source = await services.download(links.source_url, signal).catch(() => null);
    signal.throwIfAborted();
  }
  const { width, height } = result;
  const phase = { kind: "ready", cutout, scale: "full" } as const;
  work.patch({ phase, size: { width, height }, source, name, preview: null });
}
