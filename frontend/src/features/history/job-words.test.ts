import { expect, test } from "vitest";

import type { Job, JobState } from "@/api/list-jobs";

import { actionsOf, keptOf, toneOf } from "./job-words";

const NOW = Date.parse("2026-11-22T12:00:00Z");

function job(state: JobState, more: Partial<Job> = {}): Job {
  return {
    id: "1",
    kind: "image",
    state,
    progress_percent: 0,
    name: "cat.jpg",
    options: {} as Job["options"],
    created_at: "2026-11-20T12:00:00Z",
    updated_at: "2026-11-20T12:00:00Z",
    ...more,
  };
}

const result = (more: Partial<NonNullable<Job["result"]>>) => ({
  width: 10,
  height: 10,
  size_bytes: 10,
  media_type: "image/png",
  ...more,
});

test("an open job can only be cancelled", () => {
  for (const state of ["pending", "queued", "processing"] as const) {
    expect(actionsOf(job(state), 7, NOW)).toEqual({
      download: null,
      edit: false,
      open: false,
      cancel: true,
      retry: false,
      remove: false,
    });
    expect(toneOf(job(state))).toBe("busy");
  }
});

test("failed and cancelled jobs can be retried while their upload is kept", () => {
  expect(actionsOf(job("failed"), 7, NOW).retry).toBe(true);
  expect(actionsOf(job("cancelled"), 7, NOW).retry).toBe(true);
  expect(actionsOf(job("failed"), 1, NOW).retry).toBe(false);
  expect(actionsOf(job("expired"), 7, NOW).retry).toBe(false);
  expect(actionsOf(job("completed"), 7, NOW).retry).toBe(false);
});

test("a cutout can be downloaded and edited while its file is kept", () => {
  const kept = job("completed", {
    result: result({ download_url: "https://files.example/1", expires_at: "2026-12-20T12:00:00Z" }),
  });
  expect(actionsOf(kept, 7, NOW)).toMatchObject({ download: "https://files.example/1", edit: true });
  const gone = job("completed", { result: result({ expires_at: "2026-11-21T12:00:00Z" }) });
  expect(actionsOf(gone, 7, NOW)).toMatchObject({ download: null, edit: false, remove: true });
});

test("a file is kept, was deleted, or was never stored", () => {
  const at = (expires_at: string | null) => keptOf(job("completed", { result: result({ expires_at }) }), NOW);
  expect(at("2026-12-20T12:00:00Z")).toBe("kept");
  expect(at("2026-11-21T12:00:00Z")).toBe("deleted");
  expect(at(null)).toBe("never");
  expect(keptOf(job("failed"), NOW)).toBeNull();
});

test("a video can be opened during processing and while its file is kept", () => {
  const video = (state: JobState, more: Partial<Job> = {}) =>
    actionsOf(job(state, { kind: "video", ...more }), 7, NOW);
  expect(video("pending").open).toBe(false);
  expect(video("processing").open).toBe(true);
  expect(video("completed").open).toBe(false);
  const kept = video("completed", { result: result({ download_url: "https://files.example/1" }) });
  expect(kept).toMatchObject({ open: true, edit: false });
});
