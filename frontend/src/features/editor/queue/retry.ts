// The steps must run one after the other.
/* oxlint-disable no-await-in-loop */
import { Problem } from "@/lib/problem";

import type { Services } from "./services";

/** Attempts for a call that fails although there is a connection. */
const TRIES = 8;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const BUSY: readonly string[] = ["busy", "too_many_jobs", "rate_limited"];

/** Another user has signed in in this browser: nothing may be sent in their session. */
export class OtherAccount extends Error {
  constructor() {
    super("Another account is signed in");
    this.name = "OtherAccount";
  }
}

type Clock = Pick<Services, "sleep" | "online">;
type Options = {
  signal: AbortSignal;
  /** Called before a wait because the service is busy. */
  onBusy?: () => void;
  /** Codes that are thrown at once although a retry could help. */
  final?: readonly string[];
};

/**
 * Repeats a call while the service is busy or cannot be reached, with growing pauses and only while the browser is
 * online. Throws any other problem, and a problem that persists, unchanged.
 */
export async function withRetries<Answer>(
  clock: Clock,
  { signal, onBusy, final = [] }: Options,
  call: () => Promise<Answer>,
): Promise<Answer> {
  let losses = 0;
  for (let tries = 0; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof OtherAccount) {
        throw error;
      }
      const problem = Problem.from(error);
      const busy = BUSY.includes(problem.code);
      losses += busy || problem.code === "offline" ? 0 : 1;
      const hopeless = !busy && !isTransient(problem);
      if (hopeless || losses >= TRIES || final.includes(problem.code)) {
        throw problem;
      }
      if (busy) {
        onBusy?.();
      }
      await clock.sleep((problem.retryAfter ?? 0) * 1000 || retryDelay(tries), signal);
      await clock.online(signal);
    }
  }
}

/** The wait after a number of failed attempts. */
export function retryDelay(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
}

/** True if the same call may succeed later, unchanged. */
export function isTransient({ status, code }: Problem): boolean {
  return code === "upload_refused" ? false : status === 0 || status >= 500;
}
