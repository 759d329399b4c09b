import { useMutation } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

type Feedback = components["schemas"]["FeedbackRequest"];

/** Sends feedback to the operator of this service. */
export const useSendFeedback = () =>
  useMutation({ mutationFn: (body: Feedback) => unwrap(api.POST("/api/feedback", { body })) });
