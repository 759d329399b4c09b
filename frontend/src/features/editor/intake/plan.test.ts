import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";

import { loadPlan } from "./plan";

const plans = [{ name: "free" }, { name: "pro" }];
const never = () => new Promise<never>(() => {});

afterEach(() => {
  vi.useRealTimers();
});

/** A client whose queries have these answers, none of them loaded yet. */
function clientWith(answers: Record<string, () => Promise<unknown>>): QueryClient {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const ensure = client.ensureQueryData.bind(client);
  vi.spyOn(client, "ensureQueryData").mockImplementation((options) => {
    const queryFn = answers[String(options.queryKey[0])] as typeof options.queryFn;
    return ensure({ ...options, queryFn } as typeof options);
  });
  return client;
}

test("a visitor's plan is waited for", async () => {
  const client = clientWith({ config: async () => ({ plans }), me: async () => null });
  await expect(loadPlan(client)).resolves.toBe(plans[0]);
});

test("a member has the plan of the account", async () => {
  const client = clientWith({
    config: async () => ({ plans }),
    me: async () => ({ id: "a-1" }),
    usage: async () => ({ plan: "pro" }),
  });
  await expect(loadPlan(client)).resolves.toBe(plans[1]);
});

test("without the account, the plan is the free one", async () => {
  const client = clientWith({ config: async () => ({ plans }), me: () => Promise.reject(new Error("503")) });
  await expect(loadPlan(client)).resolves.toBe(plans[0]);
});

test("a service that fails or does not respond delays the files by five seconds at most", async () => {
  const failing = clientWith({ config: () => Promise.reject(new Error("503")), me: async () => null });
  await expect(loadPlan(failing)).resolves.toBeUndefined();

  vi.useFakeTimers();
  const plan = loadPlan(clientWith({ config: never, me: async () => null }));
  await vi.advanceTimersByTimeAsync(5000);
  await expect(plan).resolves.toBeUndefined();
});
