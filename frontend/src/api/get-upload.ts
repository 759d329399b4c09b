import { api, unwrap } from "@/lib/api-client";

import type { VideoUpload } from "./video-types";

/** The uploaded parts of a video, with new links for the others. */
export const getUpload = (id: string, signal?: AbortSignal): Promise<VideoUpload> =>
  unwrap(api.GET("/api/jobs/{id}/upload", { params: { path: { id } }, signal: signal ?? null }));
