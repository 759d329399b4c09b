import type { SeenJob } from "@/api/get-job";
import { videoOf, type VideoAnswer, type VideoJob, type VideoRequest } from "@/api/video-types";
import { Problem } from "@/lib/problem";

import { failureOf, ownFailure } from "../queue/entry";
import { OtherAccount, withRetries } from "../queue/retry";
import { base64Of } from "./backdrop";
import { choiceOf, lacksPicture, optionsOf } from "./choice";
import { checking, isUnderWay, newClip, phaseOf, type Phase, type VideoClip } from "./clip";
import { createRate } from "./rate";
import { arrivedBytes, LostFile, OtherFile, sendParts, type PartServices } from "./send-parts";
import type { VideoStore } from "./video-store";

/** The intervals between polls while frames are being processed, and while waiting for a machine. */
const WORKING_MS = 1_500;
const WAITING_MS = 3_000;
/** The statuses of the response if the upload of an earlier job cannot be reused. */
const SOURCE_GONE: readonly number[] = [404, 409, 410];

/** The external services of the runner: the API, the bucket and the clock. Tests replace them. */
export type VideoServices = PartServices & {
  announce: (request: VideoRequest, key: string) => Promise<VideoAnswer>;
  getJob: (id: string, signal?: AbortSignal, etag?: string) => Promise<SeenJob | null>;
  cancelJob: (id: string) => Promise<unknown>;
  retryJob: (id: string) => Promise<unknown>;
  now: () => number;
  /** True if the session may belong to this account, as far as any tab of this browser knows. */
  mayBelongTo: (owner: string) => boolean;
  /** Credits or jobs have changed on the service. */
  changed: () => void;
  /** The service no longer accepts the session. */
  signedOut: () => void;
};

export type VideoRunner = ReturnType<typeof createVideoRunner>;

/** Processes videos, from the choice of the options to the result. It has no UI: the store contains the state of each. */
export function createVideoRunner(store: VideoStore, services: VideoServices) {
  const running = new Map<string, AbortController>();
  let owner: string | null = null;

  /** Runs an action for a video, replacing the current one; a failure becomes its phase. */
  function run(id: string, work: (signal: AbortSignal) => Promise<void>): void {
    running.get(id)?.abort();
    const controller = new AbortController();
    running.set(id, controller);
    const { signal } = controller;
    void work(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) {
          fail(id, error);
        }
      })
      .finally(() => running.get(id) === controller && running.delete(id));
  }

  function stop(id: string): void {
    running.get(id)?.abort();
    running.delete(id);
  }

  /** No request for one account is made in the session of another. */
  async function asOwner<Answer>(whose: string | null, call: () => Promise<Answer>): Promise<Answer> {
    if (whose === null || !services.mayBelongTo(whose)) {
      throw new OtherAccount();
    }
    return call();
  }

  function fail(id: string, error: unknown): void {
    const clip = store.clip(id);
    if (!clip || error instanceof OtherAccount) {
      return;
    }
    if (error instanceof OtherFile) {
      store.patch(id, { file: null, phase: { kind: "fileWanted", wrong: true } });
      return;
    }
    if (error instanceof LostFile) {
      store.patch(id, { file: null, phase: { kind: "fileWanted", wrong: false } });
      return;
    }
    const problem = Problem.from(error);
    if (problem.status === 401) {
      services.signedOut();
    }
    if (clip.phase.kind === "announcing") {
      // Nothing has started: it can be chosen again. The upload of an earlier job may be deleted by now.
      const sourceJob = clip.file && SOURCE_GONE.includes(problem.status) ? null : clip.sourceJob;
      store.patch(id, { sourceJob, phase: { kind: "choosing", refused: failureOf(problem) } });
    } else if (problem.status === 404) {
      store.patch(id, { phase: { kind: "failed", failure: ownFailure("job_gone") } });
    } else {
      store.patch(id, { phase: { kind: "failed", failure: failureOf(problem) } });
    }
    services.changed();
  }

  async function announce(id: string, signal: AbortSignal): Promise<void> {
    const clip = store.clip(id);
    if (!clip?.asked) {
      return;
    }
    const { asked: options, key, name, bytes, mediaType, sourceJob, choice } = clip;
    const wanted = options.background === "picture" ? choice.picture : null;
    const request: VideoRequest = {
      ...(sourceJob ? { source_job: sourceJob } : { name, type: mediaType, size_bytes: bytes }),
      options,
      ...(wanted && { backdrop: await base64Of(wanted) }),
    };
    const onBusy = () => store.patch(id, { phase: { kind: "announcing", busy: true } });
    const answer = await withRetries(services, { signal, onBusy, final: ["rate_limited"] }, () =>
      asOwner(clip.owner, () => services.announce(request, key)),
    );
    services.changed();
    if (store.clip(id)?.phase.kind !== "announcing") {
      // It was cancelled during the request.
      await requestCancel({ ...clip, jobId: answer.job.id });
      return;
    }
    signal.throwIfAborted();
    store.patch(id, { jobId: answer.job.id, job: answer.job });
    if (answer.upload) {
      await send(id, signal, answer.upload);
    } else {
      await follow(id, signal);
    }
  }

  async function send(id: string, signal: AbortSignal, first: VideoAnswer["upload"] = null): Promise<void> {
    const clip = store.clip(id);
    if (!clip?.jobId) {
      return;
    }
    if (!clip.file) {
      store.patch(id, { phase: { kind: "fileWanted", wrong: false } });
      return;
    }
    const rate = createRate();
    const onSent = (sent: number) => {
      if (signal.aborted) {
        return;
      }
      rate.note(sent, services.now());
      store.patch(id, { phase: { kind: "uploading", sent, perSecond: rate.perSecond() } });
    };
    onSent(first ? arrivedBytes(first) : 0);
    rate.reset();
    const { owner: whose } = clip;
    const named: PartServices = {
      ...services,
      getUpload: (job, until) => asOwner(whose, () => services.getUpload(job, until)),
      finishUpload: (job) => asOwner(whose, () => services.finishUpload(job)),
    };
    try {
      const job = await sendParts(named, {
        job: clip.jobId,
        file: clip.file,
        upload: first ?? null,
        onSent,
        signal,
      });
      store.patch(id, { job, phase: phaseOf(job) });
    } catch (error) {
      // The job does not wait for an upload: it is complete already, or the job was ended, perhaps in another tab.
      if (!(error instanceof Problem && error.code === "invalid_state")) {
        throw error;
      }
    }
    await follow(id, signal);
  }

  /** Polls the job until it has ended. */
  async function follow(id: string, signal: AbortSignal): Promise<void> {
    let etag: string | undefined;
    if (store.clip(id)?.phase.kind !== "following") {
      store.patch(id, { phase: checking });
    }
    for (;;) {
      const clip = store.clip(id);
      if (!clip?.jobId) {
        return;
      }
      const { jobId, owner: whose } = clip;
      const seen = await withRetries(services, { signal }, () =>
        asOwner(whose, () => services.getJob(jobId, signal, etag)),
      );
      const job = seen && videoOf(seen.job);
      if (seen && !job) {
        // The address contains the ID of a picture job.
        store.patch(id, { phase: { kind: "failed", failure: ownFailure("job_gone") } });
        return;
      }
      if (seen && job) {
        etag = seen.etag;
        applyJob(id, job);
        if (store.clip(id)?.phase.kind !== "following") {
          services.changed();
          return;
        }
      }
      const phase = store.clip(id)?.phase;
      const working = phase?.kind === "following" && phase.state === "working";
      await services.sleep(working ? WORKING_MS : WAITING_MS, signal);
      await services.online(signal);
    }
  }

  function applyJob(id: string, job: VideoJob): void {
    const clip = store.clip(id);
    // For a job that was started elsewhere, the choices are taken from its options.
    const restored = clip?.asked ? {} : { choice: choiceOf(job.options), part: partOf(job) };
    store.patch(id, { job, name: job.name, asked: job.options, ...restored, phase: phaseOf(job) });
  }

  /** Creates the job with the current choices. */
  function start(id: string, preview: boolean): void {
    const clip = store.clip(id);
    if (!clip || owner === null || isUnderWay(clip)) {
      return;
    }
    const { choice, part, shape, job, sourceJob } = clip;
    if (lacksPicture(choice)) {
      // Its job was started elsewhere, or its picture is gone: it must be chosen again.
      store.patch(id, { phase: { kind: "choosing", refused: null } });
      return;
    }
    const durationMs = shape?.durationMs ?? (sourceJob ? (job?.video?.duration_ms ?? null) : null);
    store.patch(id, {
      owner,
      asked: optionsOf(choice, part, { durationMs, preview }),
      // Other options need another job.
      key: crypto.randomUUID(),
      jobId: null,
      phase: { kind: "announcing", busy: false },
    });
    run(id, (signal) => announce(id, signal));
  }

  /** Resumes videos that were in progress when the page was closed, or when the user signed in again. */
  function continueClip(clip: VideoClip): void {
    const { id, phase } = clip;
    if (running.has(id)) {
      return;
    }
    switch (phase.kind) {
      case "announcing":
        run(id, (signal) => announce(id, signal));
        return;
      case "uploading":
        run(id, (signal) => send(id, signal));
        return;
      case "following":
        run(id, (signal) => follow(id, signal));
        return;
      case "ready":
        if (!clip.job) {
          run(id, (signal) => follow(id, signal));
        }
        return;
      case "choosing":
      case "paused":
      case "fileWanted":
      case "failed":
      case "cancelled":
        return;
    }
  }

  async function requestCancel(clip: VideoClip): Promise<void> {
    const { signal } = new AbortController();
    const { id, jobId, owner: whose } = clip;
    if (!jobId) {
      return;
    }
    try {
      await withRetries(services, { signal }, () => asOwner(whose, () => services.cancelJob(jobId)));
    } catch (error) {
      // Too late: the job has ended, so its outcome is shown.
      if (store.clip(id)?.jobId === jobId && Problem.from(error).code === "invalid_state") {
        run(id, (again) => follow(id, again));
      }
    }
    services.changed();
  }

  return {
    start,
    /** Sets the account from now on; null for none. */
    setOwner: (next: string | null): void => {
      if (next === owner) {
        return;
      }
      owner = next;
      for (const id of running.keys()) {
        stop(id);
      }
      for (const clip of store.getState().clips) {
        if (next !== null && clip.owner !== null && clip.owner !== next) {
          // Another user has signed in in this browser.
          store.remove(clip.id);
        } else if (next !== null && clip.owner === next) {
          continueClip(clip);
        }
      }
    },
    owner: (): string | null => owner,
    /** Starts the videos in the store that belong to the current account. */
    pump: (): void => {
      for (const clip of store.getState().clips) {
        if (owner !== null && clip.owner === owner) {
          continueClip(clip);
        }
      }
    },
    /** Pauses the upload. The sent parts are kept for hours. */
    pause: (id: string): void => {
      const clip = store.clip(id);
      if (clip?.phase.kind === "uploading") {
        stop(id);
        store.patch(id, { phase: { kind: "paused", sent: clip.phase.sent } });
      }
    },
    resume: (id: string): void => {
      const clip = store.clip(id);
      if (clip?.phase.kind === "paused") {
        store.patch(id, { phase: { kind: "uploading", sent: clip.phase.sent, perSecond: null } });
        run(id, (signal) => send(id, signal));
      }
    },
    /** Sets the file of a started upload again. False if it is another file. */
    setFile: (id: string, file: File): boolean => {
      const clip = store.clip(id);
      if (!clip || file.size !== clip.bytes || file.name !== clip.name) {
        store.patch(id, { phase: { kind: "fileWanted", wrong: true } });
        return false;
      }
      const phase: Phase = clip.jobId
        ? { kind: "uploading", sent: 0, perSecond: null }
        : { kind: "choosing", refused: null };
      store.patch(id, { file, phase });
      if (clip.jobId) {
        run(id, (signal) => send(id, signal));
      }
      return true;
    },
    cancel: (id: string): void => {
      const clip = store.clip(id);
      if (clip && isUnderWay(clip)) {
        stop(id);
        store.patch(id, { phase: { kind: "cancelled" } });
        void requestCancel(clip);
      }
    },
    /** Retries a failed or cancelled video: the same job if its file has been uploaded, else from the start. */
    retry: (id: string): void => {
      const clip = store.clip(id);
      if (!clip || (clip.phase.kind !== "failed" && clip.phase.kind !== "cancelled")) {
        return;
      }
      const { jobId, owner: whose } = clip;
      const failure = clip.phase.kind === "failed" ? clip.phase.failure : null;
      // A retry of the same job would use the same picture.
      const badPicture = failure?.code === "backdrop_missing" || failure?.code === "unreadable_backdrop";
      const arrived = failure?.creditBack && !badPicture && clip.job?.video;
      if (clip.phase.kind === "failed" && !clip.phase.failure.creditBack && jobId) {
        // The job is fine; the connection to it was not.
        const sending = clip.job === null || clip.job.state === "pending";
        store.patch(id, { phase: checking });
        run(id, (signal) => (sending && clip.file ? send(id, signal) : follow(id, signal)));
      } else if (arrived && jobId) {
        store.patch(id, { phase: checking });
        run(id, async (signal) => {
          await withRetries(services, { signal, final: ["rate_limited"] }, () =>
            asOwner(whose, () => services.retryJob(jobId)),
          );
          services.changed();
          await follow(id, signal);
        });
      } else {
        const sourceJob = clip.job?.video ? jobId : null;
        store.patch(id, { sourceJob, phase: { kind: "choosing", refused: null } });
      }
    },
    /** After the preview: processes the whole video from the uploaded file. */
    processWhole: (id: string): void => {
      const clip = store.clip(id);
      if (clip?.jobId && clip.phase.kind === "ready") {
        store.patch(id, { sourceJob: clip.jobId });
        start(id, false);
      }
    },
    /** Processes the same video again in another format, beside the existing result. */
    processAgain: (id: string): string | null => {
      const clip = store.clip(id);
      if (!clip?.jobId) {
        return null;
      }
      const { name, bytes, mediaType, file, shape, choice, part, job, jobId } = clip;
      const next: VideoClip = {
        ...newClip({ name, bytes, mediaType, file: file ?? new Blob() }, clip.owner),
        file,
        shape,
        choice,
        part: part ?? (job && partOf(job)),
        job,
        sourceJob: jobId,
      };
      store.add([next]);
      return next.id;
    },
    /** Links expire after a quarter of an hour: requests new ones. */
    renew: async (id: string): Promise<void> => {
      const clip = store.clip(id);
      if (clip?.phase.kind !== "ready" || !clip.jobId) {
        return;
      }
      const { jobId, owner: whose } = clip;
      try {
        const seen = await asOwner(whose, () => services.getJob(jobId));
        const job = seen && videoOf(seen.job);
        if (job && store.clip(id)?.jobId === jobId) {
          store.patch(id, { job });
        }
      } catch {
        // The old links stay; the bucket refuses them.
      }
    },
    /** Removes a video from the editor. Finished results stay in the history. */
    remove: (id: string): void => {
      const clip = store.clip(id);
      stop(id);
      store.remove(id);
      if (clip && isUnderWay(clip)) {
        void requestCancel(clip);
      }
    },
    /** Stops all work without notifying the service. */
    halt: (): void => {
      for (const id of running.keys()) {
        stop(id);
      }
    },
  };
}

/** The requested part; null for the whole video. */
function partOf({ options: { from_ms: fromMs, until_ms: untilMs }, video }: VideoJob): VideoClip["part"] {
  const end = untilMs ?? video?.duration_ms;
  return end === undefined || (fromMs === 0 && untilMs === null) ? null : { fromMs, untilMs: end };
}
