import { useMutation } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";
import { forgetFiles } from "@/lib/forget-files";
import { session } from "@/lib/session";

/** Ends the session, and empties what this browser has kept of the pictures. */
export const useLogOut = () =>
  useMutation({
    mutationFn: () => answer(api.POST("/api/auth/logout")),
    onSuccess: async () => {
      session.left();
      await forgetFiles();
    },
  });
