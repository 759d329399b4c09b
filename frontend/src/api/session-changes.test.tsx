import "fake-indexeddb/auto";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";

import { session } from "@/lib/session";

import { useLogIn } from "./log-in";
import { useLogOut } from "./log-out";

let queries: QueryClient;
const wrapper = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={queries}>{children}</QueryClientProvider>
);

function serve(status: number, body: unknown = null) {
  vi.stubGlobal("fetch", async () => new Response(body === null ? null : JSON.stringify(body), { status }));
}

beforeEach(() => {
  localStorage.clear();
  queries = new QueryClient();
});

test("signing in removes the previous user's data from the cache", async () => {
  queries.setQueryData(["jobs", "all"], "ada's");
  queries.setQueryData(["ledger"], "ada's");
  queries.setQueryData(["config"], "limits");
  serve(200, { status: "signed_in", account: { id: "grace" } });
  const { result } = renderHook(useLogIn, { wrapper });
  await act(() => result.current.mutateAsync({ email: "grace@example.org", password: "x" }));
  expect(queries.getQueryData(["jobs", "all"])).toBeUndefined();
  expect(queries.getQueryData(["ledger"])).toBeUndefined();
  expect(queries.getQueryData(["config"])).toBe("limits");
  expect(queries.getQueryData(["me"])).toEqual({ id: "grace" });
  expect(session.hint()).toBe("grace");
});

test.each([
  ["succeeds", 204, null],
  ["fails in part", 503, { code: "unavailable" }],
])("signing out ends the session in this browser when the service %s", async (_what, status, body) => {
  session.start("ada");
  serve(status, body);
  const { result } = renderHook(useLogOut, { wrapper });
  await act(() => result.current.mutateAsync().catch(() => undefined));
  await waitFor(() => expect(session.mayExist()).toBe(false));
});

test("signing out keeps the session when the request does not reach the service", async () => {
  session.start("ada");
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("no");
  });
  const { result } = renderHook(useLogOut, { wrapper });
  await act(() => result.current.mutateAsync().catch(() => undefined));
  expect(session.mayExist()).toBe(true);
});
