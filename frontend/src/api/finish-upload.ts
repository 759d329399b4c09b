import { answer, api } from "@/lib/api-client";

import type { VideoJob } from "./video-types";

/** Says that all parts of a video have been sent. Twice is once. */
export const finishUpload = async (id: string): Promise<VideoJob> =>
  (await answer(api.POST("/api/jobs/{id}/upload", { params: { path: { id } } }))) as VideoJob;
