import type { components } from "@/api/schema";

// Names for the video types of the API, and the options of a job by its kind.

type Schemas = components["schemas"];

export type VideoFormat = Schemas["VideoFormat"];
/** All options set; the API fills in those that a request omits. */
export type VideoOptions = Required<Omit<Schemas["VideoOptions"], "until_ms">> & { until_ms: number | null };
export type Clip = Schemas["ClipView"];
export type Work = Schemas["WorkView"];
export type UploadPart = Schemas["PartView"];
export type VideoUpload = Schemas["VideoUpload"];
export type VideoRequest = Schemas["VideoRequest"];
export type VideoType = Schemas["VideoType"];

export type VideoJob = Omit<Schemas["JobView"], "options"> & { options: VideoOptions };
export type VideoAnswer = Omit<Schemas["VideoAnswer"], "job"> & { job: VideoJob };

/** The job as a video job; null for a picture. */
export const videoOf = (job: Schemas["JobView"]): VideoJob | null =>
  job.kind === "video" ? (job as VideoJob) : null;
