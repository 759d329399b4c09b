import { Problem } from "@/lib/problem";

import type { Failure } from "../model";
import { failureOf, isOpen, ownFailure, previewPhase, type Entry } from "./entry";
import { OtherAccount, patiently } from "./patience";
import { anew, Failed, runFull, type Work } from "./run-full";
import { runPreview } from "./run-preview";
import type { Services } from "./services";
import type { Hold, QueueStore } from "./store";

/** The account of the queue. While it is unknown, the queue does nothing. */
export type Who =
  | { kind: "unknown" }
  | { kind: "visitor"; previewOpen: boolean; previewBytes: number }
  | { kind: "member"; id: string; jobsAtOnce: number };

const PREVIEWS_AT_ONCE = 2;
/** Failures that only a new job can fix. */
const LOST: readonly string[] = ["result_gone", "job_gone"];

export type Runner = ReturnType<typeof createRunner>;

/**
 * Processes the queue: at most as many entries in parallel as the plan allows, in order. It
 * has no state that a reload would lose; all of it is in the entries.
 */
export function createRunner(store: QueueStore, services: Services) {
  let who: Who = { kind: "unknown" };
  const running = new Map<string, AbortController>();
  /** Jobs that are being cancelled, by their entries. */
  const leaving = new Map<string, Promise<void>>();

  /** Starts the entries that can start now. */
  function pump(): void {
    const limit = who.kind === "member" ? who.jobsAtOnce : PREVIEWS_AT_ONCE;
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
    switch (who.kind) {
      case "unknown":
        return false;
      case "visitor":
        return entry.owner === null && hold?.why !== "preview";
      case "member":
        // An accepted job has its credit, so a hold on new ones does not concern it.
        return (
          entry.owner === who.id &&
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
      await leaving.get(id);
      signal.throwIfAborted();
      await (who.kind === "visitor" ? runPreview(work, who.previewBytes) : runFull(work));
    } catch (error) {
      if (!signal.aborted) {
        ended(work, error);
      }
    } finally {
      if (running.get(id) === controller) {
        running.delete(id);
      }
      pump();
    }
  }

  function ended(work: Work, error: unknown): void {
    if (error instanceof OtherAccount) {
      // The page will set the account.
      setWho({ kind: "unknown" });
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
      giveUp(id, jobId);
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
      giveUp(id, entry.jobId);
    }
    pump();
  }

  function giveUp(id: string, jobId: string): void {
    const leave = async (before: Promise<void> | undefined) => {
      await before;
      await giveUpJob(id, jobId);
    };
    const left = leave(leaving.get(id));
    leaving.set(id, left);
    void left.then(() => leaving.get(id) === left && leaving.delete(id));
  }

  async function giveUpJob(id: string, jobId: string): Promise<void> {
    const { signal } = new AbortController();
    try {
      await patiently(services, { signal }, () => services.cancelJob(jobId));
      const entry = store.entry(id);
      if (entry?.jobId === jobId && !entry.arrived) {
        // The next upload is another job. If this call had failed, it would still be the same one.
        store.patch(id, anew());
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

  function setWho(next: Who): void {
    const arrived = next.kind === "member" && !(who.kind === "member" && who.id === next.id);
    if (arrived || next.kind === "unknown") {
      // A preview in progress is dropped, and no work continues for another account.
      halt();
    }
    who = next;
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
    setWho,
    /** The account of new pictures. */
    owner: (): string | null => (who.kind === "member" ? who.id : null),
    /** Starts pictures found from another tab, at the user's request. */
    begin: (id: string): void => {
      if (store.entry(id)?.found) {
        store.patch(id, { found: false, owner: who.kind === "member" ? who.id : null });
        pump();
      }
    },
    /** Retries a failed or cancelled entry. */
    retry: (id: string): void => {
      const entry = store.entry(id);
      const way = entry && wayBack(entry);
      if (way) {
        const owner = entry.owner ?? (who.kind === "member" ? who.id : null);
        store.patch(id, { ...way, owner, found: false, phase: { kind: "waiting" } });
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
      if (who.kind === "member") {
        upgrade(id, who.id);
        pump();
      }
    },
    /** Removes an entry from the queue. */
    remove: (id: string): void => {
      const { phase, jobId, arrived, again } = store.entry(id) ?? {};
      cancel(id);
      if (phase?.kind === "failed" && jobId && (!arrived || again)) {
        // The job may be open although no response has arrived.
        giveUp(id, jobId);
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
      store.patch(id, { ...anew(), ...waiting, owner, found: false });
    }
  }
}

/** The retry of a failed or cancelled entry; null for other entries. */
function wayBack({ phase, jobId, arrived }: Entry): Partial<Entry> | null {
  switch (phase.kind) {
    case "cancelled":
      return jobId && arrived ? { again: true } : anew();
    case "failed":
      if (LOST.includes(phase.failure.code)) {
        return anew();
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
