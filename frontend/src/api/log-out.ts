import { useMutation } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { forgetFiles } from "@/lib/forget-files";
import { Problem } from "@/lib/problem";
import { session } from "@/lib/session";

/** Ends the session, and deletes the pictures kept in this browser. */
export const useLogOut = () =>
  useMutation({
    mutationFn: () => unwrap(api.POST("/api/auth/logout")),
    onSettled: async (_done, error) => {
      // Any response deletes the cookies, even if the service could not do the rest.
      if (!error || Problem.from(error).status > 0) {
        session.clear();
        await forgetFiles();
      }
    },
  });
