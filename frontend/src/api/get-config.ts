import { queryOptions, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

export const configQuery = queryOptions({
  queryKey: ["config"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/config", { signal })),
  staleTime: 60 * 60_000,
});

/** Limits, plans and languages of this service. */
export const useConfig = () => useQuery(configQuery);
