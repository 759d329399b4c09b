import { useMutation } from "@tanstack/react-query";

import { answer, api } from "@/lib/api-client";

/** Has everything about the account put into a ZIP. */
export const useExportMe = () => useMutation({ mutationFn: () => answer(api.POST("/api/me/export")) });
