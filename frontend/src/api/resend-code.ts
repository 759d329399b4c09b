import { useMutation } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

/** Sends a new code to an unconfirmed email address. */
export const useResendCode = () =>
  useMutation({
    mutationFn: (email: string) => unwrap(api.POST("/api/auth/resend-code", { body: { email } })),
  });
