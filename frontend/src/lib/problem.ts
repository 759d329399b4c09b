import type { components } from "@/api/schema";

/** The code as any string: the browser adds codes, and a newer API may have codes that this page does not know. */
type ProblemBody = Omit<components["schemas"]["Problem"], "code"> & { code: string };

/** Codes with texts of the site: those that the browser adds, and those of responses that are not from our API. */
export type LocalCode =
  | "offline"
  | "unreachable"
  | "upload_interrupted"
  | "upload_refused"
  | "busy"
  | "too_large";

/** The codes for responses that API Gateway sends without calling our API. Their bodies have no code. */
const GATEWAY_CODES: Readonly<Record<number, LocalCode>> = { 413: "too_large", 429: "busy" };

/**
 * A problem with a text for users. `title` and `detail` come from the API in the language
 * of the page; for the codes of `LocalCode` they are empty, and the texts are under `problems` in the locales.
 */
export class Problem extends Error {
  readonly code: string;
  /** HTTP status; 0 if there was no response. */
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  /** Seconds to wait before it makes sense to try again. */
  readonly retryAfter: number | undefined;
  /** Further members of the problem: limits, remaining credits, renewal date. */
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

  /** A problem found by the browser. */
  static local(code: LocalCode): Problem {
    return new Problem({ code }, 0);
  }

  /** A problem from a response. The body may be something else if the response is not from our API. */
  static fromResponse(response: Response, body: unknown): Problem {
    const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
    const retryAfter = Number.isFinite(wait) ? wait : undefined;
    if (typeof body === "object" && body !== null && "code" in body && typeof body.code === "string") {
      return new Problem({ ...body, code: body.code }, response.status, retryAfter);
    }
    const code = GATEWAY_CODES[response.status] ?? "unreachable";
    return new Problem({ code }, response.status, retryAfter);
  }

  /** Any thrown value as a problem. */
  static from(thrown: unknown): Problem {
    if (thrown instanceof Problem) {
      return thrown;
    }
    return Problem.local(navigator.onLine ? "unreachable" : "offline");
  }
}
