import { queryOptions, useQuery, type QueryClient } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";
import { Problem } from "@/lib/problem";
import { session } from "@/lib/session";

export type Profile = components["schemas"]["Account"];

/** The signed-in user; null for a visitor. */
export async function getMe(signal?: AbortSignal): Promise<Profile | null> {
  if (!session.mayExist()) {
    return null;
  }
  const before = session.hint();
  try {
    const me = await unwrap(api.GET("/api/me", { signal: signal ?? null }));
    // Skipped if another tab has signed a user in or out during the request.
    if (session.hint() === before) {
      session.confirm(me.id);
    }
    return me;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      return null;
    }
    throw error;
  }
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => getMe(signal),
  staleTime: 5 * 60_000,
});

/** Removes all cached data of the user, except the user itself, so that the next user does not see it. */
export function clearUserData(queries: QueryClient): void {
  const others = {
    predicate: ({ queryKey: [key] }: { queryKey: readonly unknown[] }) => !KEPT.includes(key),
  };
  void queries.cancelQueries(others);
  queries.removeQueries(others);
}

const KEPT: readonly unknown[] = ["me", "config"];

/** `data` is undefined while it is unknown. */
export const useMe = () => useQuery(meQuery);
