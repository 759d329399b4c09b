import { api, unwrap } from "@/lib/api-client";

import type { VideoAnswer, VideoRequest } from "./video-types";

/**
 * Reserves a credit, unless it is a preview, and returns the parts in which to send the file. The same `key`
 * twice is one job; until its file has been uploaded, the response is the same job with new links.
 */
export const removeVideoBackground = async (body: VideoRequest, key: string): Promise<VideoAnswer> =>
  (await unwrap(
    api.POST("/api/remove-video-background", { body, params: { header: { "Idempotency-Key": key } } }),
  )) as VideoAnswer;
