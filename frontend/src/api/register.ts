import { useMutation } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { answer, api } from "@/lib/api-client";

type Registration = components["schemas"]["RegisterRequest"];

/** Asks for an account. A code goes to the e-mail; the answer is the same if the e-mail is taken. */
export const useRegister = () =>
  useMutation({ mutationFn: (body: Registration) => answer(api.POST("/api/auth/register", { body })) });
