import { useMutation } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

type Reset = components["schemas"]["ResetPasswordRequest"];

/** Sets a new password with the code that was sent. */
export const useResetPassword = () =>
  useMutation({ mutationFn: (body: Reset) => unwrap(api.POST("/api/auth/reset-password", { body })) });
