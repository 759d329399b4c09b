import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

export type LedgerEntry = components["schemas"]["LedgerEntry"];

export const ledgerQuery = infiniteQueryOptions({
  queryKey: ["ledger"],
  queryFn: ({ pageParam: after, signal }) =>
    unwrap(
      api.GET("/api/usage/history", { params: { query: { limit: 10, ...(after && { after }) } }, signal }),
    ),
  initialPageParam: "",
  getNextPageParam: ({ next }) => next,
});

/** Every change of the credits, newest first, page by page. */
export const useLedger = () => useInfiniteQuery(ledgerQuery);
