import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { Problem } from "@/lib/problem";

/** Deletes a job and its files. An open job must be cancelled first. */
export function useDeleteJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      try {
        await unwrap(api.DELETE("/api/jobs/{id}", { params: { path: { id } } }));
      } catch (error) {
        // A second click or another tab has already deleted it.
        if (Problem.from(error).status !== 404) {
          throw error;
        }
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
}
