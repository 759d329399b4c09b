import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

export type UploadRequest = components["schemas"]["CreateUploadRequest"];
export type UploadAnswer = components["schemas"]["CreateUploadResponse"];

/**
 * Reserves a credit and returns the upload link. The same `key` twice is one job; until its file has
 * been uploaded, the response is the same job with a new link.
 */
export const createUpload = (body: UploadRequest, key: string): Promise<UploadAnswer> =>
  unwrap(api.POST("/api/uploads", { body, params: { header: { "Idempotency-Key": key } } }));
