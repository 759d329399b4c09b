import { useMutation } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";

/** Sends another code to an e-mail that waits to be confirmed. */
export const useResendCode = () =>
  useMutation({
    mutationFn: (email: string) => answer(api.POST("/api/auth/resend-code", { body: { email } })),
  });
