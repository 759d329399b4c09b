import type { components } from "@/api/schema";

// Names for the video types of the API, and the options of a job by its kind.

type Schemas = components["schemas"];

export type VideoFormat = Schemas["VideoFormat"];
/** All options set; the API fills in those that a request omits. */
export type VideoOptions = Required<Omit<Schemas["VideoOptions"], "until_ms">> & { until_ms: number | null };
export type VideoProgress = Schemas["VideoProgress"];
export type UploadPart = Schemas["UploadPart"];
export type VideoUpload = Schemas["MultipartUpload"];
export type VideoRequest = Schemas["RemoveVideoBackgroundRequest"];
export type VideoType = Schemas["VideoType"];

export type VideoJob = Omit<Schemas["Job"], "options"> & { options: VideoOptions };
export type VideoAnswer = Omit<Schemas["RemoveVideoBackgroundResponse"], "job"> & { job: VideoJob };

/** The job as a video job; null for a picture job. */
export const videoOf = (job: Schemas["Job"]): VideoJob | null =>
  job.kind === "video" ? (job as VideoJob) : null;
