import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

/** Cancels an open job; its credit is returned. */
export const cancelJob = (id: string) =>
  unwrap(api.POST("/api/jobs/{id}/cancel", { params: { path: { id } } }));

/** `cancelJob`, after which the jobs, the credits and the ledger are refetched. */
export function useCancelJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: cancelJob,
    onSettled: () =>
      Promise.all(["jobs", "usage", "ledger"].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}
