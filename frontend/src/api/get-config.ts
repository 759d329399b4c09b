import { queryOptions, useQuery } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";

export const configQuery = queryOptions({
  queryKey: ["config"],
  queryFn: ({ signal }) => answer(api.GET("/api/config", { signal })),
  staleTime: 60 * 60_000,
});

/** Limits, plans and languages of this service. */
export const useConfig = () => useQuery(configQuery);
