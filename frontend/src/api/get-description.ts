import { queryOptions, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

export const descriptionQuery = queryOptions({
  queryKey: ["description"],
  queryFn: ({ signal }): Promise<unknown> => unwrap(api.GET("/api/openapi.json", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The OpenAPI description of the API, which is rendered as reference. */
export const useDescription = () => useQuery(descriptionQuery);
