import { useMutation } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

/** Requests a ZIP of all data of the account. */
export const useExportMe = () => useMutation({ mutationFn: () => unwrap(api.POST("/api/me/export")) });
