import { Problem } from "@/lib/problem";

import { failureOf, isOpen, previewPhase, type Entry } from "./entry";
import { patiently } from "./patience";
import { anew, Failed, runFull, type Work } from "./run-full";
import { runPreview } from "./run-preview";
import type { Services } from "./services";
import type { Hold, QueueStore } from "./store";

/** For whom the queue works. While that is not known it does nothing. */
export type Who =
  | { kind: "unknown" }
  | { kind: "visitor"; previewOpen: boolean; previewBytes: number }
  | { kind: "member"; id: string; jobsAtOnce: number };

const PREVIEWS_AT_ONCE = 2;

export type Runner = ReturnType<typeof createRunner>;

/**
 * Works the queue off: at most so many entries at the same time as the plan allows, in their order. It
 * holds no state that would be missed after a reload; all of that is in the entries.
 */
export function createRunner(store: QueueStore, services: Services) {
  let who: Who = { kind: "unknown" };
  const running = new Map<string, AbortController>();

  /** Begins what can begin now. */
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
    if (!isOpen(entry)) {
      return false;
    }
    switch (who.kind) {
      case "unknown":
        return false;
      case "visitor":
        return entry.owner === null && hold?.why !== "preview";
      case "member":
        // A job that was accepted has its credit: what holds up new ones does not concern it.
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
          throw new Error("An entry is worked on that is not in the queue. This is a bug.");
        }
        return entry;
      },
      // What was given up or taken out is not touched by work that has not noticed yet.
      patch: (change) => !signal.aborted && store.patch(id, change),
      services,
      signal,
    };
    try {
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
    if (error instanceof Failed) {
      services.changed();
      work.patch({ phase: { kind: "failed", failure: error.failure } });
      return;
    }
    const problem = Problem.from(error);
    const hold = holdOf(problem);
    if (!hold) {
      work.patch({ phase: { kind: "failed", failure: failureOf(problem) } });
      return;
    }
    // Held before it waits: a waiting entry is begun at once otherwise.
    store.setState({ hold });
    work.patch({ phase: { kind: "waiting" } });
    if (hold.why === "session") {
      services.signedOut();
    } else {
      services.changed();
    }
  }

  /** Gives an entry up; the credit comes back. */
  function cancel(id: string): void {
    const entry = store.entry(id);
    if (!entry || !isOpen(entry)) {
      return;
    }
    running.get(id)?.abort();
    running.delete(id);
    store.patch(id, { phase: entry.preview ? previewPhase(entry.preview) : { kind: "cancelled" } });
    if (entry.jobId) {
      void giveUp(id, entry.jobId);
    }
    pump();
  }

  async function giveUp(id: string, jobId: string): Promise<void> {
    const { signal } = new AbortController();
    try {
      await patiently(services, { signal }, () => services.cancelJob(jobId));
    } catch (error) {
      const { code, facts } = Problem.from(error);
      // Too late: it is done and paid for, so it is handed over.
      if (code === "wrong_state" && facts.state === "completed" && store.entry(id)) {
        store.patch(id, { phase: { kind: "processing", share: 1 } });
        pump();
      }
    }
    services.changed();
  }

  return {
    pump,
    cancel,
    /** Says for whom to work from now on. */
    setWho: (next: Who): void => {
      const arrived = next.kind === "member" && !(who.kind === "member" && who.id === next.id);
      if (arrived && who.kind === "visitor") {
        // A preview that is under way is not worth waiting for.
        halt();
      }
      who = next;
      if (next.kind === "visitor" && !next.previewOpen) {
        const failure = { code: "preview_closed", title: "", detail: "" };
        store.setState({ hold: { why: "preview", failure } });
      }
      if (next.kind === "member") {
        const { hold, entries } = store.getState();
        store.setState({ hold: arrived ? null : hold });
        // Somebody else has signed in at this browser. What was there is in its owner's history.
        for (const { id, owner } of entries) {
          if (owner !== null && owner !== next.id) {
            store.remove(id);
          }
        }
        for (const entry of entries.filter(({ owner }) => owner === null)) {
          if (isOpen(entry)) {
            store.patch(entry.id, { owner: next.id, phase: { kind: "waiting" } });
          } else if (entry.wantsFull) {
            upgrade(entry.id, next.id);
          }
        }
      }
      pump();
    },
    /** The account that new pictures are cut out for. */
    owner: (): string | null => (who.kind === "member" ? who.id : null),
    /** Tries again what failed or was cancelled. */
    retry: (id: string): void => {
      const entry = store.entry(id);
      if (entry && (entry.phase.kind === "failed" || entry.phase.kind === "cancelled")) {
        const job = entry.jobId && entry.arrived ? { again: true } : anew();
        store.patch(id, { ...job, phase: { kind: "waiting" } });
        pump();
      }
    },
    /** Begins what was held up, because the user says that it can go on. */
    resume: (): void => {
      store.setState({ hold: null });
      pump();
    },
    /** Gets the full cutout of a visitor's preview, for the member that the visitor has become. */
    upgrade: (id: string): void => {
      if (who.kind === "member") {
        upgrade(id, who.id);
        pump();
      }
    },
    /** Takes an entry out of the queue. */
    remove: (id: string): void => {
      cancel(id);
      store.remove(id);
    },
    halt,
  };

  /** Stops all work without a word to the service, which goes on with it. */
  function halt(): void {
    for (const controller of running.values()) {
      controller.abort();
    }
    running.clear();
  }

  function upgrade(id: string, owner: string): void {
    const phase = store.entry(id)?.phase;
    if (phase?.kind === "ready" && phase.scale === "preview") {
      const waiting = { preview: phase.cutout, phase: { kind: "waiting" }, wantsFull: false, owner } as const;
      store.patch(id, { ...anew(), ...waiting });
    }
  }
}

/** What a problem means for all others that wait; null if it concerns the one entry alone. */
function holdOf(problem: Problem): Hold | null {
  const failure = failureOf(problem);
  const { allowance, renews_at: renewsAt } = problem.facts;
  if (problem.code === "quota_exhausted") {
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
  if (problem.code === "preview_closed" || problem.code === "rate_limited") {
    return { why: "preview", failure };
  }
  return null;
}
