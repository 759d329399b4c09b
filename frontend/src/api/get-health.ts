import { queryOptions, useQuery } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: async ({ signal }) => {
    const begin = performance.now();
    const health = await answer(api.GET("/api/health", { signal }));
    return { ...health, took_ms: performance.now() - begin };
  },
  // Whoever looks wants to know how it is now, and a failure is an answer.
  staleTime: 0,
  retry: false,
});

/** Whether the engine runs, which one, and how long the answer took. */
export const useHealth = () => useQuery(healthQuery);
