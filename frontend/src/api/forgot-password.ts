import { useMutation } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

/** Sends a code for a new password, if there is an account with that email address. */
export const useForgotPassword = () =>
  useMutation({
    mutationFn: (email: string) => unwrap(api.POST("/api/auth/forgot-password", { body: { email } })),
  });
