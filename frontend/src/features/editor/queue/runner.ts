import { Problem } from "@/lib/problem";

import type { Failure } from "../model";
import { failureOf, isOpen, ownFailure, previewPhase, type Entry } from "./entry";
import { OtherAccount, withRetries } from "./retry";
import { newJobFields, Failed, runFull, type Work } from "./run-full";
import { runPreview } from "./run-preview";
import type { Services } from "./services";
import type { Hold, QueueStore } from "./store";

/** The account of the queue. While it is unknown, the queue does nothing. */
export type QueueUser =
  | { kind: "unknown" }
  | { kind: "visitor"; previewOpen: boolean; previewBytes: number }
  | { kind: "member"; id: string; jobsAtOnce: number };

const PREVIEWS_AT_ONCE = 2;
/** Failures that only a new job can fix. */
const NEEDS_NEW_JOB: readonly string[] = ["result_gone", "job_gone"];

export type Runner = ReturnType<typeof createRunner>;

/**
 * Processes the queue: at most as many entries in parallel as the plan allows, in order. It
 * has no state that a reload would lose; all of it is in the entries.
 */
export function createRunner(store: QueueStore, services: Services) {
  let user: QueueUser = { kind: "unknown" };
  const running = new Map<string, AbortController>();
  /** Jobs that are being cancelled, by their entries. */
  const cancelling = new Map<string, Promise<void>>();

  /** Starts the entries that can start now. */
  function pump(): void {
    const limit = user.kind === "member" ? user.jobsAtOnce : PREVIEWS_AT_ONCE;
    for (const entry of store.getState().entries) {
      if (running.size >= limit) {
        return;
      }
      if (!running.has(entry.id) && mayStart(entry)) {
        void start(entry.id);
      }
    }
  }

  function mayStart(entry: Entry): boolean {
    const { hold } = store.getState();
    if (!isOpen(entry) || entry.found) {
      return false;
    }
    switch (user.kind) {
      case "unknown":
        return false;
      case "visitor":
        return entry.owner === null && hold?.why !== "preview";
      case "member":
        // An accepted job has its credit, so a hold on new ones does not concern it.
        return (
          entry.owner === user.id &&
          (hold === null || (hold.why === "quota" && entry.jobId !== null && !entry.again))
        );
    }
  }

  async function start(id: string): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const { signal } = controller;
    const work: Work = {
      entry: () => {
        const entry = store.entry(id);
        if (!entry) {
          throw new Error("An entry in progress is not in the queue. This is a bug.");
        }
        return entry;
      },
      // Work that has not noticed a cancellation does not change cancelled or removed entries.
      patch: (change) => !signal.aborted && store.patch(id, change),
      services,
      signal,
      atOnce: () => running.size,
    };
    try {
      // Its credit is returned first: it may be the last one.
      await cancelling.get(id);
      signal.throwIfAborted();
      await (user.kind === "visitor" ? runPreview(work, user.previewBytes) : runFull(work));
    } catch (error) {
      if (!signal.aborted) {
        handleError(work, error);
      }
    } finally {
      if (running.get(id) === controller) {
        running.delete(id);
      }
      pump();
    }
  }

  function handleError(work: Work, error: unknown): void {
    if (error instanceof OtherAccount) {
      // The page will set the account.
      setUser({ kind: "unknown" });
      return;
    }
    if (error instanceof Failed) {
      services.changed();
      fail(work, error.failure);
      return;
    }
    const problem = Problem.from(error);
    const hold = holdOf(problem);
    if (!hold) {
      fail(work, failureOf(problem));
      return;
    }
    // The hold is set before the wait: a waiting entry would start at once otherwise.
    store.setState({ hold });
    work.patch({ phase: { kind: "waiting" } });
    if (hold.why === "session") {
      services.signedOut();
    } else {
      services.changed();
    }
  }

  function fail(work: Work, failure: Failure): void {
    work.patch({ phase: { kind: "failed", failure } });
    const { id, jobId, arrived } = work.entry();
    if (jobId && !arrived) {
      // It would reserve a credit for a file that never arrives.
      cancelJob(id, jobId);
    }
  }

  /** Cancels an entry; the credit is returned. */
  function cancel(id: string): void {
    const entry = store.entry(id);
    if (!entry || !isOpen(entry)) {
      return;
    }
    running.get(id)?.abort();
    running.delete(id);
    store.patch(id, { phase: entry.preview ? previewPhase(entry.preview) : { kind: "cancelled" } });
    if (entry.jobId) {
      cancelJob(id, entry.jobId);
    }
    pump();
  }

  function cancelJob(id: string, jobId: string): void {
    const cancelAfter = async (before: Promise<void> | undefined) => {
      await before;
      await requestCancel(id, jobId);
    };
    const pending = cancelAfter(cancelling.get(id));
    cancelling.set(id, pending);
    void pending.then(() => cancelling.get(id) === pending && cancelling.delete(id));
  }

  async function requestCancel(id: string, jobId: string): Promise<void> {
    const { signal } = new AbortController();
    try {
      await withRetries(services, { signal }, () => services.cancelJob(jobId));
      const entry = store.entry(id);
      if (entry?.jobId === jobId && !entry.arrived) {
        // The next upload is another job. If this call had failed, it would still be the same one.
        store.patch(id, newJobFields());
      }
    } catch (error) {
      const { code, facts } = Problem.from(error);
      // Too late: the job has used its credit, so its result is fetched.
      if (code === "invalid_state" && facts.state === "completed" && store.entry(id)?.jobId === jobId) {
        store.patch(id, { arrived: true, again: false, phase: { kind: "processing", share: 1 } });
        pump();
      }
    }
    services.changed();
  }

  function setUser(next: QueueUser): void {
    const arrived = next.kind === "member" && !(user.kind === "member" && user.id === next.id);
    if (arrived || next.kind === "unknown") {
      // A preview in progress is dropped, and no work continues for another account.
      halt();
    }
    user = next;
    if (next.kind === "visitor" && !next.previewOpen) {
      store.setState({ hold: { why: "preview", failure: ownFailure("preview_disabled") } });
    }
    if (next.kind === "member") {
      const { hold, entries } = store.getState();
      store.setState({ hold: arrived ? null : hold });
      // Another user has signed in in this browser. The removed pictures are in their owner's history.
      for (const { id, owner } of entries) {
        if (owner !== null && owner !== next.id) {
          store.remove(id);
        }
      }
      for (const entry of entries.filter(({ owner, found }) => owner === null && !found)) {
        if (isOpen(entry)) {
          store.patch(entry.id, { owner: next.id, phase: { kind: "waiting" } });
        } else if (entry.wantsFull) {
          upgrade(entry.id, next.id);
        }
      }
    }
    pump();
  }

  return {
    pump,
    cancel,
    /** Sets the account from now on. */
    setUser,
    /** The account of new pictures. */
    owner: (): string | null => (user.kind === "member" ? user.id : null),
    /** Starts pictures found from another tab, at the user's request. */
    begin: (id: string): void => {
      if (store.entry(id)?.found) {
        store.patch(id, { found: false, owner: user.kind === "member" ? user.id : null });
        pump();
      }
    },
    /** Retries a failed or cancelled entry. */
    retry: (id: string): void => {
      const entry = store.entry(id);
      const change = entry && retryChange(entry);
      if (change) {
        const owner = entry.owner ?? (user.kind === "member" ? user.id : null);
        store.patch(id, { ...change, owner, found: false, phase: { kind: "waiting" } });
        pump();
      }
    },
    /** Starts held entries at the user's request. */
    resume: (): void => {
      store.setState({ hold: null });
      pump();
    },
    /** Gets the full cutout of a visitor's preview after the visitor has signed in. */
    upgrade: (id: string): void => {
      if (user.kind === "member") {
        upgrade(id, user.id);
        pump();
      }
    },
    /** Removes an entry from the queue. */
    remove: (id: string): void => {
      const { phase, jobId, arrived, again } = store.entry(id) ?? {};
      cancel(id);
      if (phase?.kind === "failed" && jobId && (!arrived || again)) {
        // The job may be open although no response has arrived.
        cancelJob(id, jobId);
      }
      store.remove(id);
    },
    halt,
  };

  /** Stops all work without notifying the service, which continues its jobs. */
  function halt(): void {
    for (const [id, controller] of running) {
      controller.abort();
      store.patch(id, { phase: { kind: "waiting" } });
    }
    running.clear();
  }

  function upgrade(id: string, owner: string): void {
    const phase = store.entry(id)?.phase;
    if (phase?.kind === "ready" && phase.scale === "preview") {
      const waiting = { preview: phase.cutout, phase: { kind: "waiting" }, wantsFull: false } as const;
      store.patch(id, { ...newJobFields(), ...waiting, owner, found: false });
    }
  }
}

/** The change that retries a failed or cancelled entry; null for other entries. */
function retryChange({ phase, jobId, arrived }: Entry): Partial<Entry> | null {
  switch (phase.kind) {
    case "cancelled":
      return jobId && arrived ? { again: true } : newJobFields();
    case "failed":
      if (NEEDS_NEW_JOB.includes(phase.failure.code)) {
        return newJobFields();
      }
      // If the job itself has not failed, the connection has: the job is followed and fetched, or
      // its file is sent under the same key. That costs nothing.
      return phase.failure.creditBack ? { again: true } : {};
    case "waiting":
    case "uploading":
    case "processing":
    case "ready":
      return null;
  }
}

/** The effect of a problem on all waiting entries; null if it concerns only the one entry. */
function holdOf(problem: Problem): Hold | null {
  const failure = failureOf(problem);
  const { allowance, renews_at: renewsAt } = problem.facts;
  if (problem.code === "insufficient_credits") {
    return {
      why: "quota",
      failure,
      allowance: typeof allowance === "number" ? allowance : null,
      renewsAt: typeof renewsAt === "string" ? renewsAt : null,
    };
  }
  if (problem.status === 401) {
    return { why: "session" };
  }
  if (problem.code === "preview_disabled" || problem.code === "rate_limited") {
    return { why: "preview", failure };
  }
  return null;
}
