import { answer, api } from "@/lib/api-client";

import type { VideoAnswer, VideoRequest } from "./video-types";

/**
 * Reserves a credit, unless it is a first look, and says in which parts the file is to be sent. The same `key`
 * twice is one job; while its file has not come, the answer is the same job with new links.
 */
export const removeVideoBackground = async (body: VideoRequest, key: string): Promise<VideoAnswer> =>
  (await answer(
    api.POST("/api/remove-video-background", { body, params: { header: { "Idempotency-Key": key } } }),
  )) as VideoAnswer;
