import { useMutation } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";

/** Requests a ZIP of all data of the account. */
export const useExportMe = () => useMutation({ mutationFn: () => answer(api.POST("/api/me/export")) });
