import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { getMe } from "@/api/get-me";

import { api, unwrap } from "./api-client";
import { session } from "./session";

type Given = { status: number; body?: unknown; headers?: Record<string, string>; then?: () => void };

/** A service with these responses, in order. */
function serve(...answers: [path: string, given: Given][]) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const [path, { status, body, headers, then }] = answers.shift() ?? ["nothing", { status: 500 }];
    expect(pathname).toBe(path);
    then?.();
    return new Response(status === 204 ? null : JSON.stringify(body ?? {}), {
      status,
      headers: headers ?? {},
    });
  });
  return asked;
}

const EXPIRED = { status: 401, body: { code: "unauthenticated" } };
const over = vi.fn<() => void>();
let stop: () => void;

beforeEach(() => {
  localStorage.clear();
  session.start("ada");
  over.mockReset();
  stop = session.onExpired(over);
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

test.each([429, 500, 503])("a renewal that fails with %d does not end the session", async (status) => {
  const busy = { status, body: { code: "busy" }, headers: { "retry-after": "7" } };
  serve(["/api/me", EXPIRED], ["/api/auth/refresh", busy]);
  await expect(getMe()).rejects.toMatchObject({ code: "busy", status, retryAfter: 7 });
  expect(over).not.toHaveBeenCalled();
  expect(session.mayExist()).toBe(true);
});

test("a refused renewal ends the session", async () => {
  serve(["/api/me", EXPIRED], ["/api/auth/refresh", EXPIRED]);
  expect(await getMe()).toBeNull();
  expect(over).toHaveBeenCalledTimes(1);
  expect(session.mayExist()).toBe(false);
});

test("a refused renewal does not end a session that another tab has started", async () => {
  serve(["/api/me", EXPIRED], ["/api/auth/refresh", { ...EXPIRED, then: () => session.start("grace") }]);
  await getMe();
  expect(over).not.toHaveBeenCalled();
  expect(session.hint()).toBe("grace");
});

test("a request of one account is not repeated in the session of another", async () => {
  const asked = serve(
    ["/api/jobs", { ...EXPIRED, then: () => session.start("grace") }],
    ["/api/auth/refresh", { status: 204 }],
  );
  await expect(unwrap(api.GET("/api/jobs"))).rejects.toMatchObject({ status: 401 });
  expect(asked).toHaveLength(2);
});

test("the account is stored, unless another tab has stored another one in the meantime", async () => {
  localStorage.setItem("signed-in", "yes");
  serve(["/api/me", { status: 200, body: { id: "ada" } }]);
  await getMe();
  expect(session.hint()).toBe("ada");
  serve(["/api/me", { status: 200, body: { id: "ada" }, then: () => session.start("grace") }]);
  await getMe();
  expect(session.hint()).toBe("grace");
});
