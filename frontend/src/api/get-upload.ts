import { answer, api } from "@/lib/api-client";

import type { VideoUpload } from "./video-types";

/** The uploaded parts of a video, with new links for the others. */
export const getUpload = (id: string, signal?: AbortSignal): Promise<VideoUpload> =>
  answer(api.GET("/api/jobs/{id}/upload", { params: { path: { id } }, signal: signal ?? null }));
