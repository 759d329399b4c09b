import { queryOptions, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: async ({ signal }) => {
    const begin = performance.now();
    const health = await unwrap(api.GET("/api/health", { signal }));
    return { ...health, took_ms: performance.now() - begin };
  },
  // The page shows the current state, and a failure is a result.
  staleTime: 0,
  retry: false,
});

/** The state and name of the engine, and the response time. */
export const useHealth = () => useQuery(healthQuery);
