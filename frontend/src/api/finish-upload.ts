import { api, unwrap } from "@/lib/api-client";

import type { VideoJob } from "./video-types";

/** Completes a video upload after all parts have been sent. Idempotent. */
export const finishUpload = async (id: string): Promise<VideoJob> =>
  (await unwrap(api.POST("/api/jobs/{id}/upload", { params: { path: { id } } }))) as VideoJob;
