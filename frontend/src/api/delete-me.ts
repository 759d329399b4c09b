import { useMutation } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";
import { forgetFiles } from "@/lib/forget-files";
import { session } from "@/lib/session";

/** Deletes the account of who is signed in, for good. Its e-mail says that this is no mistake. */
export const useDeleteMe = () =>
  useMutation({
    mutationFn: (email: string) => answer(api.DELETE("/api/me", { body: { email } })),
    onSuccess: async () => {
      session.left();
      await forgetFiles();
    },
  });
