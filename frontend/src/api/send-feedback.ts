import { useMutation } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { answer, api } from "@/lib/api-client";

type Feedback = components["schemas"]["FeedbackRequest"];

/** Sends feedback to the operator of this service. */
export const useSendFeedback = () =>
  useMutation({ mutationFn: (body: Feedback) => answer(api.POST("/api/feedback", { body })) });
