import type { components } from "@/api/schema";

// Names for what the API says of videos, and a job's options as those of its kind.

type Schemas = components["schemas"];

export type VideoFormat = Schemas["VideoFormat"];
/** All of them chosen; the API fills in what a request leaves out. */
export type VideoOptions = Required<Omit<Schemas["VideoOptions"], "until_ms">> & { until_ms: number | null };
export type Clip = Schemas["ClipView"];
export type Work = Schemas["WorkView"];
export type UploadPart = Schemas["PartView"];
export type VideoUpload = Schemas["VideoUpload"];
export type VideoRequest = Schemas["VideoRequest"];
export type VideoType = Schemas["VideoType"];

export type VideoJob = Omit<Schemas["JobView"], "options"> & { options: VideoOptions };
export type VideoAnswer = Omit<Schemas["VideoAnswer"], "job"> & { job: VideoJob };

/** The job as that of a video; null for a picture's. */
export const videoOf = (job: Schemas["JobView"]): VideoJob | null =>
  job.kind === "video" ? (job as VideoJob) : null;
