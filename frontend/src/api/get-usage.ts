import { queryOptions, useQuery } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

export type KindUsage = components["schemas"]["CreditBalance"];

export const usageQuery = queryOptions({
  queryKey: ["usage"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/usage", { signal })),
  staleTime: 30_000,
});

/** What is left this month. Invalidate `["usage"]` when a job was accepted, failed or was cancelled. */
export const useUsage = (enabled: boolean) => useQuery({ ...usageQuery, enabled });
