import { useMutation, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";

/** Tries a failed or cancelled job again, for another credit. */
export const retryJob = (id: string) =>
  answer(api.POST("/api/jobs/{id}/retry", { params: { path: { id } } }));

/** The same, and refetches the data about it on the page. */
export function useRetryJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: retryJob,
    onSettled: () =>
      Promise.all(["jobs", "usage", "ledger"].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}
