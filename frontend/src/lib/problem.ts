import type { components } from "@/api/schema";

/** The code as text: the browser adds its own, and a newer API may know more than this page does. */
type ProblemBody = Omit<components["schemas"]["Problem"], "code"> & { code: string };

/** Codes for which the words are the browser's: those that it adds, and those of answers that are not our API's. */
export type LocalCode =
  | "offline"
  | "unreachable"
  | "upload_interrupted"
  | "upload_refused"
  | "busy"
  | "too_large";

/** What an answer means that API Gateway gave before our API was asked; its bodies have no code. */
const BEFORE_THE_API: Readonly<Record<number, LocalCode>> = { 413: "too_large", 429: "busy" };

/**
 * Something that went wrong, with words for people. `title` and `detail` come from the API in the language
 * of the page; for the codes of `LocalCode` they are empty and the words are under `problems` in the locales.
 */
export class Problem extends Error {
  readonly code: string;
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  /** Seconds to wait before it makes sense to try again. */
  readonly retryAfter: number | undefined;
  /** What else the problem says: limits, what is left, when it renews. */
  readonly facts: Readonly<Record<string, unknown>>;

  private constructor(
    body: Partial<ProblemBody> & Pick<ProblemBody, "code">,
    status: number,
    retryAfter?: number,
  ) {
    super(body.title ?? body.code);
    this.name = "Problem";
    this.code = body.code;
    this.status = status;
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.requestId = body.request_id;
    this.retryAfter = retryAfter;
    this.facts = body;
  }

  /** One that the browser found itself. */
  static local(code: LocalCode): Problem {
    return new Problem({ code }, 0);
  }

  /** One that an answer carries. The body may be something else, if what answered was not our API. */
  static fromAnswer(response: Response, body: unknown): Problem {
    const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
    const retryAfter = Number.isFinite(wait) ? wait : undefined;
    if (typeof body === "object" && body !== null && "code" in body && typeof body.code === "string") {
      return new Problem({ ...body, code: body.code }, response.status, retryAfter);
    }
    const code = BEFORE_THE_API[response.status] ?? "unreachable";
    return new Problem({ code }, response.status, retryAfter);
  }

  /** Whatever was thrown, as a problem. */
  static from(thrown: unknown): Problem {
    if (thrown instanceof Problem) {
      return thrown;
    }
    return Problem.local(navigator.onLine ? "unreachable" : "offline");
  }
}
