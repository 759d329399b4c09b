import { useMutation } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

type Confirmation = components["schemas"]["ConfirmEmailRequest"];

/** Confirms an email address with the code that was sent to it. */
export const useConfirmEmail = () =>
  useMutation({ mutationFn: (body: Confirmation) => unwrap(api.POST("/api/auth/confirm", { body })) });
