import { expect, test } from "vitest";

import { Problem } from "./problem";

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Problem {
  return Problem.fromResponse(new Response(null, { status, headers }), body);
}

test.each([
  [413, { message: "Request Entity Too Large" }, "too_large"],
  [429, { message: "Too Many Requests" }, "busy"],
  [503, { message: "Service Unavailable" }, "unreachable"],
  [502, null, "unreachable"],
])("status %d from API Gateway with the body %o has the code %s", (status, body, code) => {
  const problem = answer(status, body, { "retry-after": "7" });
  expect([problem.code, problem.status, problem.title, problem.retryAfter]).toEqual([code, status, "", 7]);
});

test("a problem from our API keeps its code and title, whatever the status", () => {
  const problem = answer(429, { code: "rate_limited", title: "Too many requests." });
  expect([problem.code, problem.title]).toEqual(["rate_limited", "Too many requests."]);
});
