import { queryOptions, useQuery } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { answer, api } from "@/lib/api-client";
import { Problem } from "@/lib/problem";
import { session } from "@/lib/session";

export type Profile = components["schemas"]["Profile"];

/** Who is signed in; null for a visitor. */
export async function getMe(signal?: AbortSignal): Promise<Profile | null> {
  if (!session.mayExist()) {
    return null;
  }
  try {
    return await answer(api.GET("/api/me", { signal: signal ?? null }));
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

/** `data` is undefined while it is not known. */
export const useMe = () => useQuery(meQuery);
