import { useMutation, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";
import { Problem } from "@/lib/problem";

/** Deletes a job and its files. One that is open must be cancelled first. */
export function useDeleteJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      try {
        await answer(api.DELETE("/api/jobs/{id}", { params: { path: { id } } }));
      } catch (error) {
        // A second click, or another tab: it is already deleted, as requested.
        if (Problem.from(error).status !== 404) {
          throw error;
        }
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
}
