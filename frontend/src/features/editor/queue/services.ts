import type { UploadAnswer, UploadRequest } from "@/api/create-upload";
import type { Job, SeenJob } from "@/api/get-job";

/** The external services of the runner: the API, the bucket and the clock. Tests replace them. */
export type Services = {
  createUpload: (request: UploadRequest, key: string) => Promise<UploadAnswer>;
  put: (
    target: UploadAnswer["upload"],
    file: Blob,
    onShare: (share: number) => void,
    signal: AbortSignal,
  ) => Promise<void>;
  getJob: (id: string, signal?: AbortSignal, etag?: string) => Promise<SeenJob | null>;
  cancelJob: (id: string) => Promise<Job>;
  retryJob: (id: string) => Promise<Job>;
  download: (url: string, signal: AbortSignal) => Promise<Blob>;
  preview: (picture: Blob, signal: AbortSignal) => Promise<Blob>;
  /** Scales a picture down to what the service accepts for a preview. */
  shrink: (picture: Blob, maxBytes: number) => Promise<Blob>;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Returns when the browser has a connection; at once if it does. */
  online: (signal: AbortSignal) => Promise<void>;
  /** True if the session may belong to this account, as far as any tab of this browser knows. */
  mayBelongTo: (owner: string) => boolean;
  /** Credits or jobs have changed on the service. */
  changed: () => void;
  /** The service no longer accepts the session. */
  signedOut: () => void;
};
