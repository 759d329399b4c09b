import { useMutation } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";

/** Sends a new code to an unconfirmed email address. */
export const useResendCode = () =>
  useMutation({
    mutationFn: (email: string) => answer(api.POST("/api/auth/resend-code", { body: { email } })),
  });
