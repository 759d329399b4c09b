import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

export type Job = components["schemas"]["Job"];

/** A job with the ETag of its state, for conditional requests. */
export type SeenJob = { job: Job; etag: string | undefined };

/** The state of a job; null if its ETag is still `etag`. */
export async function getJob(id: string, signal?: AbortSignal, etag?: string): Promise<SeenJob | null> {
  const call = await api.GET("/api/jobs/{id}", {
    params: { path: { id } },
    headers: etag ? { "if-none-match": etag } : {},
    signal: signal ?? null,
  });
  if (call.response.status === 304) {
    return null;
  }
  const job = await unwrap(Promise.resolve(call));
  return { job, etag: call.response.headers.get("etag") ?? undefined };
}
