import { useMutation, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";

/** Cancels an open job; its credit comes back. */
export const cancelJob = (id: string) =>
  answer(api.POST("/api/jobs/{id}/cancel", { params: { path: { id } } }));

/** The same, and what stands on the page about it is asked for anew. */
export function useCancelJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: cancelJob,
    onSettled: () =>
      Promise.all(["jobs", "usage", "ledger"].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}
