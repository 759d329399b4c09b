import { useMutation } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";

/** Sends a code for a new password, if there is an account with that email address. */
export const useForgotPassword = () =>
  useMutation({
    mutationFn: (email: string) => answer(api.POST("/api/auth/forgot-password", { body: { email } })),
  });
