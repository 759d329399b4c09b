import { useMutation } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

type Change = components["schemas"]["ChangePasswordRequest"];

/** Changes the password of the signed-in user. */
export const useChangePassword = () =>
  useMutation({ mutationFn: (body: Change) => unwrap(api.POST("/api/me/password", { body })) });
