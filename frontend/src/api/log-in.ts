import { useMutation, useQueryClient } from "@tanstack/react-query";

import { clearUserData } from "@/api/get-me";
import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";
import { session } from "@/lib/session";

type Credentials = components["schemas"]["LoginRequest"];

/** Starts a session, unless the response requires a one-time code first. */
export function useLogIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Credentials) => unwrap(api.POST("/api/auth/login", { body })),
    onSuccess: async (outcome) => {
      if (outcome.status === "signed_in") {
        session.start(outcome.account.id);
        // An earlier request for the current user, still in flight, would return no user.
        await queries.cancelQueries({ queryKey: ["me"] });
        clearUserData(queries);
        queries.setQueryData(["me"], outcome.account);
      }
    },
  });
}
