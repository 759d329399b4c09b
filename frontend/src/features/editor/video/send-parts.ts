import type { VideoJob, VideoUpload, UploadPart } from "@/api/video-types";
import { Problem } from "@/lib/problem";

import { isTransient, withRetries, retryDelay } from "../queue/retry";

/** Parallel parts: one alone does not saturate a connection, many starve each other. */
const PARALLEL_PARTS = 3;
/** Attempts for one part that fails although there is a connection. */
const TRIES = 8;
/** The number of requests for new links because one was refused, or parts were missing at the end. */
const ROUNDS = 5;

/** The external services of an upload. Tests replace them. */
export type PartServices = {
  getUpload: (job: string, signal: AbortSignal) => Promise<VideoUpload>;
  finishUpload: (job: string) => Promise<VideoJob>;
  /** One PUT request; `onShare` from 0 to 1. Throws the same problems as `put` of the queue. */
  put: (url: string, part: Blob, onShare: (share: number) => void, signal: AbortSignal) => Promise<void>;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  online: (signal: AbortSignal) => Promise<void>;
};

/** A part and its range in the file. */
export type Piece = UploadPart & { start: number; end: number };

/** The length of the file differs from that of the upload: it is another file. */
export class OtherFile extends Error {
  constructor() {
    super("The file is not the one that was announced");
    this.name = "OtherFile";
  }
}

/** The file can no longer be read: it was moved, deleted or changed since it was chosen. */
export class LostFile extends Error {
  constructor() {
    super("The file cannot be read");
    this.name = "LostFile";
  }
}

/**
 * The range of each part in the file.
 *
 * @throws OtherFile if their sizes do not add up to `bytes`.
 */
export function piecesOf({ part_size_bytes, parts }: VideoUpload, bytes: number): Piece[] {
  const pieces = parts.map((part) => {
    const start = (part.number - 1) * part_size_bytes;
    return { ...part, start, end: start + part.size_bytes };
  });
  if (pieces.reduce((sum, { size_bytes }) => sum + size_bytes, 0) !== bytes) {
    throw new OtherFile();
  }
  return pieces;
}

/** The number of uploaded bytes. */
export function arrivedBytes({ parts }: VideoUpload): number {
  return parts.reduce((sum, part) => sum + (part.uploaded ? part.size_bytes : 0), 0);
}

type Sending = {
  job: string;
  file: Blob;
  /** If null, it is requested. */
  upload: VideoUpload | null;
  /** The number of bytes sent, of finished parts and of those in progress. */
  onSent: (bytes: number) => void;
  signal: AbortSignal;
};

/**
 * Uploads the missing parts of a file, and completes the upload. Continues after lost connections and expired
 * links; stops when the signal is aborted, after which it can be started again.
 */
export async function sendParts(services: PartServices, sending: Sending): Promise<VideoJob> {
  const { job, file, signal } = sending;
  let { upload } = sending;
  for (let round = 1; ; round += 1) {
    upload ??= await withRetries(services, { signal }, () => services.getUpload(job, signal));
    try {
      await sendMissing(services, upload, sending);
      return await withRetries(services, { signal }, () => services.finishUpload(job));
    } catch (error) {
      signal.throwIfAborted();
      const { code } = Problem.from(error);
      const canRetry = error instanceof Problem && NEEDS_NEW_LINKS.includes(code);
      if (!canRetry || round >= ROUNDS) {
        await assertReadable(file);
        throw error;
      }
      upload = null;
    }
  }
}

/** The link has expired, or the store did not receive everything. New links list the missing parts. */
const NEEDS_NEW_LINKS: readonly string[] = ["upload_refused", "incomplete_upload"];

async function sendMissing(
  services: PartServices,
  upload: VideoUpload,
  { file, onSent, signal }: Sending,
): Promise<void> {
  const pieces = piecesOf(upload, file.size);
  const sent = new Map(pieces.map(({ number, size_bytes, uploaded }) => [number, uploaded ? size_bytes : 0]));
  const report = () => onSent([...sent.values()].reduce((sum, bytes) => sum + bytes, 0));
  report();
  const waiting = pieces.filter(({ uploaded }) => !uploaded);
  // The first part that fails stops the others in progress: unfinished parts are requested again.
  const failing = new AbortController();
  const both = AbortSignal.any([signal, failing.signal]);
  const sendQueued = async () => {
    for (let piece = waiting.shift(); piece; piece = waiting.shift()) {
      const { number, size_bytes } = piece;
      const onShare = (share: number) => {
        sent.set(number, Math.round(share * size_bytes));
        report();
      };
      await sendPiece(services, { file, piece, onShare, signal: both });
      onShare(1);
    }
  };
  const worker = async () => {
    try {
      await sendQueued();
    } catch (error) {
      failing.abort(error);
      throw error;
    }
  };
  const results = await Promise.allSettled(Array.from({ length: PARALLEL_PARTS }, worker));
  signal.throwIfAborted();
  if (results.some(({ status }) => status === "rejected")) {
    throw failing.signal.reason;
  }
}

type Task = { file: Blob; piece: Piece; onShare: (share: number) => void; signal: AbortSignal };

/** Uploads one part, with retries. */
async function sendPiece(services: PartServices, { file, piece, onShare, signal }: Task): Promise<void> {
  const { url, start, end } = piece;
  if (!url) {
    throw Problem.local("upload_refused");
  }
  for (let tries = 0, losses = 0; ; tries += 1) {
    signal.throwIfAborted();
    try {
      await services.put(url, file.slice(start, end), onShare, signal);
      return;
    } catch (error) {
      signal.throwIfAborted();
      onShare(0);
      const problem = Problem.from(error);
      losses += problem.code === "offline" ? 0 : 1;
      if (!isTransient(problem) || losses >= TRIES) {
        throw problem;
      }
      if (losses > 1) {
        // To the browser, a missing file looks like a lost connection.
        await assertReadable(file);
      }
      await services.sleep(retryDelay(tries), signal);
      await services.online(signal);
    }
  }
}

async function assertReadable(file: Blob): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new LostFile();
  }
}
