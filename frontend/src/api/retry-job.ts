import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

/** Tries a failed or cancelled job again, for another credit. */
export const retryJob = (id: string) =>
  unwrap(api.POST("/api/jobs/{id}/retry", { params: { path: { id } } }));

/** `retryJob`, after which the jobs, the credits and the ledger are refetched. */
export function useRetryJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: retryJob,
    onSettled: () =>
      Promise.all(["jobs", "usage", "ledger"].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}
