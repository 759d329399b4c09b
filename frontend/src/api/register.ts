import { useMutation } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

type Registration = components["schemas"]["RegisterRequest"];

/** Requests an account. A code is sent to the email address; the response is the same if the address is taken. */
export const useRegister = () =>
  useMutation({ mutationFn: (body: Registration) => unwrap(api.POST("/api/auth/register", { body })) });
