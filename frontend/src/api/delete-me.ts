import { useMutation } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { forgetFiles } from "@/lib/forget-files";
import { session } from "@/lib/session";

/** Permanently deletes the account of the signed-in user. Its email address confirms the intent. */
export const useDeleteMe = () =>
  useMutation({
    mutationFn: (email: string) => unwrap(api.DELETE("/api/me", { body: { email } })),
    onSuccess: async () => {
      session.clear();
      await forgetFiles();
    },
  });
