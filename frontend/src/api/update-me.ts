import { useMutation, useQueryClient } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

type ProfileChange = components["schemas"]["UpdateAccountRequest"];

/** Changes the language of the account. */
export function useUpdateMe() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ProfileChange) => unwrap(api.PATCH("/api/me", { body })),
    onSuccess: (profile) => queries.setQueryData(["me"], profile),
  });
}
