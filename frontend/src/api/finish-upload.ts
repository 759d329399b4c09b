import { answer, api } from "@/lib/api-client";

import type { VideoJob } from "./video_types";

/** Says that all parts of a video have been sent. Twice is once. */
export const finishUpload = (id: string): Promise<VideoJob> =>
  answer(api.POST("/api/jobs/{id}/upload" as never, { params: { path: { id } } } as never) as never);
