import type { components } from "@/api/schema";
import type { Problem } from "@/lib/problem";

import { noEdits, type Failure, type Item, type Phase } from "../model";

export type PictureType = components["schemas"]["ImageType"];

/** An item of the editor with the data that the queue needs. */
export type Entry = Item & {
  /** The type according to the bytes, not the file name. */
  mediaType: PictureType;
  /** The size in pixels of the file or, once there is one, of the result; null if unknown. */
  size: { width: number; height: number } | null;
  /** The idempotency key of its upload: two requests with one key are one job. */
  key: string;
  /** True once the file of the job has been uploaded. */
  arrived: boolean;
  /** True if the job has failed and will be retried. */
  again: boolean;
  /** The small cutout, while the full one is in progress and after that was cancelled. */
  preview: Blob | null;
  /** True if the user left to sign in for the full resolution. */
  wantsFull: boolean;
  /** The account that it belongs to; null for a visitor. */
  owner: string | null;
  /** True if a visitor left it in another tab. It may belong to another person: nothing starts without a click. */
  found: boolean;
};

/** The data of a picture added to the queue. */
export type NewPicture = { file: Blob; name: string; mediaType: PictureType; size: Entry["size"] };

let latest = 0;

/** The current time, strictly increasing, so that the files of one drop keep their order. */
function later(): number {
  latest = Math.max(Date.now(), latest + 1);
  return latest;
}

/** A new entry, which waits for its turn. */
export function newEntry({ file, name, mediaType, size }: NewPicture, owner: string | null): Entry {
  return {
    id: crypto.randomUUID(),
    name,
    source: file,
    jobId: null,
    phase: { kind: "waiting" },
    edits: noEdits,
    addedAt: later(),
    mediaType,
    size,
    key: crypto.randomUUID(),
    arrived: false,
    again: false,
    preview: null,
    wantsFull: false,
    owner,
    found: false,
  };
}

/** An entry for an existing job, whose result is fetched. */
export function entryOfJob(jobId: string, name: string, owner: string): Entry {
  const entry = newEntry({ file: new Blob(), name, mediaType: "image/png", size: null }, owner);
  return { ...entry, source: null, jobId, arrived: true, phase: { kind: "processing", share: null } };
}

/** True if the entry has not ended. */
export function isOpen({ phase }: Pick<Item, "phase">): boolean {
  return phase.kind === "waiting" || phase.kind === "uploading" || phase.kind === "processing";
}

/** The item to show and edit: the entry with its cutout, or else with its earlier preview; null without either. */
export function shownItem(entry: Entry): Item | null {
  if (entry.phase.kind === "ready") {
    return entry;
  }
  return entry.preview && { ...entry, phase: previewPhase(entry.preview) };
}

/** The phase of a picture with a small cutout. */
export function previewPhase(cutout: Blob): Phase {
  return { kind: "ready", cutout, scale: "preview" };
}

/** A problem as a failure, which can be stored with an item. */
export function failureOf({ code, title, detail }: Problem): Failure {
  return { code, title, detail, creditBack: false };
}

/** A failure with a text of the site for its code, or with the text in `detail`. */
export function ownFailure(code: string, { detail = "", creditBack = false } = {}): Failure {
  return { code, title: "", detail, creditBack };
}
