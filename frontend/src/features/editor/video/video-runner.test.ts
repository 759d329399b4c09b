import { expect, it, vi } from "vitest";

import type { SeenJob } from "@/api/get-job";
import type { VideoJob, VideoUpload } from "@/api/video-types";
import { Problem } from "@/lib/problem";

import { sleep } from "../queue/clock";
import { firstChoice } from "./choice";
import { checking, newClip, type VideoClip } from "./clip";
import { createVideoRunner, type VideoServices } from "./video-runner";
import { createVideoStore } from "./video-store";

const FILE = new File(["aaaabbbbcc"], "clip.mp4", { type: "video/mp4" });
const CLIP = { width: 96, height: 64, duration_ms: 1_000, frame_count: 12, from_ms: 0, until_ms: 1_000 };

function job(change: Partial<VideoJob> = {}): VideoJob {
  return {
    id: "job-1",
    kind: "video",
    state: "completed",
    progress_percent: 100,
    name: "clip.mp4",
    options: {
      format: "webm",
      background: "transparent",
      from_ms: 0,
      until_ms: null,
      sound: true,
      steady: true,
      preview: false,
      notify: false,
    },
    video: CLIP,
    created_at: "2026-11-22T10:00:00Z",
    updated_at: "2026-11-22T10:00:00Z",
    ...change,
  };
}

const seen = (one: VideoJob): SeenJob => ({ job: one as unknown as SeenJob["job"], etag: "1" });

function upload(done: number[] = []): VideoUpload {
  return {
    part_size_bytes: 4,
    expires_at: "2026-11-22T11:00:00Z",
    parts: [4, 4, 2].map((size_bytes, index) => ({
      number: index + 1,
      size_bytes,
      uploaded: done.includes(index + 1),
      url: done.includes(index + 1) ? null : `https://bucket.test/${index + 1}`,
    })),
  };
}

function problem(code: string, status: number): Problem {
  return Problem.fromResponse(new Response(null, { status }), { code, title: code, detail: "" });
}

/** Videos with a service that succeeds at once, except where a test overrides it. */
function setUp(change: Partial<VideoServices> = {}) {
  const store = createVideoStore();
  const services = {
    announce: vi.fn<VideoServices["announce"]>(async (request) => ({
      job: job({ state: "pending", video: null, options: { ...job().options, ...request.options } }),
      upload: "source_job" in request ? null : upload(),
    })),
    getUpload: vi.fn<VideoServices["getUpload"]>(async () => upload()),
    finishUpload: vi.fn<VideoServices["finishUpload"]>(async () => job({ state: "pending", video: null })),
    put: vi.fn<VideoServices["put"]>(async (_url, _part, onShare) => onShare(1)),
    getJob: vi.fn<VideoServices["getJob"]>(async () =>
      seen(job({ options: store.getState().clips[0]?.asked ?? job().options })),
    ),
    cancelJob: vi.fn<VideoServices["cancelJob"]>(async () => undefined),
    retryJob: vi.fn<VideoServices["retryJob"]>(async () => undefined),
    sleep: vi.fn<VideoServices["sleep"]>((_ms, signal) => sleep(0, signal)),
    online: vi.fn<VideoServices["online"]>(async () => undefined),
    now: () => performance.now(),
    mayBelongTo: vi.fn<VideoServices["mayBelongTo"]>(() => true),
    changed: vi.fn<VideoServices["changed"]>(),
    signedOut: vi.fn<VideoServices["signedOut"]>(),
  };
  const runner = createVideoRunner(store, { ...services, ...change });
  const put = (fields: Partial<VideoClip> = {}) => {
    const clip = newClip({ file: FILE, name: FILE.name, bytes: FILE.size, mediaType: "video/mp4" }, null);
    store.add([{ ...clip, shape: { durationMs: 1_000, width: 96, height: 64 }, ...fields }]);
    return clip.id;
  };
  const kind = (id: string) => store.clip(id)?.phase.kind;
  const becomes = (id: string, wanted: string) => vi.waitFor(() => expect(kind(id)).toBe(wanted));
  return { store, services, runner, put, kind, becomes };
}

it("is announced with its choices, sent in parts, completed and followed", async () => {
  const { store, services, runner, put, becomes } = setUp();
  runner.setOwner("ada");
  const id = put({ part: { fromMs: 200, untilMs: 800 } });
  runner.start(id, false);
  await becomes(id, "ready");
  expect(services.announce.mock.calls[0]?.[0]).toMatchObject({
    name: "clip.mp4",
    type: "video/mp4",
    size_bytes: 10,
    options: { from_ms: 200, until_ms: 800, preview: false },
  });
  expect(services.put).toHaveBeenCalledTimes(3);
  expect(services.finishUpload).toHaveBeenCalledExactlyOnceWith("job-1");
  expect(store.clip(id)).toMatchObject({ owner: "ada", jobId: "job-1" });
});

it("a background picture is sent if it is needed, and nothing starts without it", async () => {
  const { store, services, runner, put, kind, becomes } = setUp();
  runner.setOwner("ada");
  const over = { ...firstChoice, format: "mp4" as const, background: "picture" };
  const id = put({ choice: over });
  runner.start(id, true);
  expect(kind(id)).toBe("choosing");
  store.patch(id, { choice: { ...over, picture: new Blob(["abc"]) } });
  runner.start(id, true);
  await becomes(id, "ready");
  runner.processWhole(id);
  await vi.waitFor(() => expect(services.announce).toHaveBeenCalledTimes(2));
  await becomes(id, "ready");
  const requests = services.announce.mock.calls.map(([request]) => request);
  expect(requests[0]).toMatchObject({
    name: "clip.mp4",
    options: { background: "picture" },
    backdrop: "YWJj",
  });
  expect(requests[1]).toMatchObject({ source_job: "job-1", backdrop: "YWJj" });
  store.patch(id, { choice: { ...over, format: "matte", picture: new Blob(["abc"]) } });
  runner.processWhole(id);
  await vi.waitFor(() => expect(services.announce).toHaveBeenCalledTimes(3));
  expect(services.announce.mock.calls[2]?.[0]).not.toHaveProperty("backdrop");
});

it("after a preview that was started elsewhere, the background picture is requested again", async () => {
  const { store, services, runner, put, kind } = setUp();
  runner.setOwner("ada");
  const choice = { ...firstChoice, background: "picture" };
  const id = put({ jobId: "job-1", job: job(), owner: "ada", phase: { kind: "ready" }, choice });
  runner.processWhole(id);
  expect(kind(id)).toBe("choosing");
  expect(store.clip(id)?.sourceJob).toBe("job-1");
  for (const code of ["backdrop_missing", "unreadable_backdrop"]) {
    const failure = { code, title: "", detail: "", creditBack: true };
    store.patch(id, { phase: { kind: "failed", failure } });
    runner.retry(id);
    expect(kind(id)).toBe("choosing");
  }
  expect(services.retryJob).not.toHaveBeenCalled();
  expect(services.announce).not.toHaveBeenCalled();
});

it("nothing is sent without an account", () => {
  const { services, runner, put, kind } = setUp();
  const id = put();
  runner.start(id, true);
  expect(kind(id)).toBe("choosing");
  expect(services.announce).not.toHaveBeenCalled();
});

it("without a credit, it is not started, shows the reason, and can be started again", async () => {
  const { store, services, runner, put, becomes } = setUp();
  services.announce.mockRejectedValueOnce(problem("insufficient_credits", 402));
  runner.setOwner("ada");
  const id = put();
  runner.start(id, false);
  await vi.waitFor(() =>
    expect(store.clip(id)?.phase).toMatchObject({
      kind: "choosing",
      refused: { code: "insufficient_credits" },
    }),
  );
  runner.start(id, true);
  await becomes(id, "ready");
  const keys = services.announce.mock.calls.map(([, key]) => key);
  expect(new Set(keys).size).toBe(2);
});

it("a pause stops the upload, and resuming sends the missing parts", async () => {
  const { services, runner, put, becomes, kind } = setUp();
  const stuck: VideoServices["put"] = (_url, _part, _share, signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  services.put.mockImplementation(stuck);
  runner.setOwner("ada");
  const id = put();
  runner.start(id, false);
  await vi.waitFor(() => expect(services.put).toHaveBeenCalledTimes(3));
  runner.pause(id);
  expect(kind(id)).toBe("paused");
  services.put.mockReset();
  services.put.mockImplementation(async (_url, _part, onShare) => onShare(1));
  services.getUpload.mockResolvedValueOnce(upload([1, 2]));
  runner.resume(id);
  await becomes(id, "ready");
  expect(services.put).toHaveBeenCalledTimes(1);
  expect(services.announce).toHaveBeenCalledTimes(1);
});

it("after a reload, it asks for the file, refuses others, and sends the missing parts", async () => {
  const { services, runner, put, kind, becomes } = setUp();
  runner.setOwner("ada");
  const id = put({
    file: null,
    owner: "ada",
    jobId: "job-1",
    phase: { kind: "fileWanted", wrong: false },
  });
  expect(runner.setFile(id, new File(["aaaabbbbcd"], "other.mp4"))).toBe(false);
  expect(runner.setFile(id, new File(["short"], "clip.mp4"))).toBe(false);
  expect(kind(id)).toBe("fileWanted");
  services.getUpload.mockResolvedValueOnce(upload([1]));
  expect(runner.setFile(id, FILE)).toBe(true);
  await becomes(id, "ready");
  expect(services.announce).not.toHaveBeenCalled();
  expect(services.put).toHaveBeenCalledTimes(2);
});

it("after a preview, the whole is processed from the uploaded file", async () => {
  const { store, services, runner, put, becomes } = setUp();
  runner.setOwner("ada");
  const id = put();
  runner.start(id, true);
  await becomes(id, "ready");
  expect(store.clip(id)?.asked?.preview).toBe(true);
  runner.processWhole(id);
  await vi.waitFor(() => expect(store.clip(id)?.asked?.preview).toBe(false));
  await becomes(id, "ready");
  expect(services.announce.mock.calls[1]?.[0]).toMatchObject({
    source_job: "job-1",
    options: { preview: false },
  });
  expect(services.put).toHaveBeenCalledTimes(3);
});

it("another format is a new video beside the result, and uploads nothing", async () => {
  const { store, services, runner, put, becomes } = setUp();
  runner.setOwner("ada");
  const id = put({ phase: { kind: "ready" }, jobId: "job-1", owner: "ada", job: job() });
  const next = runner.processAgain(id) ?? "";
  expect(store.getState().clips.map((clip) => clip.id)).toEqual([next, id]);
  const { choice } = store.clip(next) as VideoClip;
  store.patch(next, { choice: { ...choice, format: "gif" } });
  runner.start(next, false);
  await becomes(next, "ready");
  expect(services.announce.mock.calls[0]?.[0]).toMatchObject({
    source_job: "job-1",
    options: { format: "gif", sound: false },
  });
  expect(services.put).not.toHaveBeenCalled();
});

it("a file that the service no longer has is uploaded again", async () => {
  const { store, services, runner, put, becomes } = setUp();
  services.announce.mockRejectedValueOnce(problem("invalid_state", 409));
  runner.setOwner("ada");
  const id = put({ sourceJob: "job-0" });
  runner.start(id, false);
  await vi.waitFor(() => expect(store.clip(id)).toMatchObject({ sourceJob: null }));
  await becomes(id, "choosing");
  runner.start(id, false);
  await becomes(id, "ready");
  expect(services.put).toHaveBeenCalledTimes(3);
});

it("shows the progress of the service, and polls with the last ETag", async () => {
  const { store, services, runner, put, becomes } = setUp();
  const work = { frames_done: 6, frames_total: 12, frames_per_second: 2, remaining_s: 3 };
  const phases: unknown[] = [];
  store.subscribe(({ clips }) => phases.push(clips[0]?.phase));
  services.getJob.mockResolvedValueOnce(seen(job({ state: "queued" })));
  services.getJob.mockResolvedValueOnce(seen(job({ state: "processing", video_progress: work })));
  services.getJob.mockResolvedValueOnce(null);
  runner.setOwner("ada");
  const id = put();
  runner.start(id, false);
  await becomes(id, "ready");
  expect(phases).toContainEqual({ kind: "following", state: "waiting", work: null });
  expect(phases).toContainEqual({ kind: "following", state: "working", work });
  expect(services.getJob.mock.calls.map(([, , etag]) => etag)).toEqual([undefined, "1", "1", "1"]);
});

it("a failed job has its reason and the returned credit", async () => {
  const { store, services, runner, put, becomes } = setUp();
  const failure = { code: "video_too_long", message: "It is too long." } as unknown as NonNullable<
    VideoJob["failure"]
  >;
  services.getJob.mockResolvedValueOnce(seen(job({ state: "failed", video: null, failure })));
  runner.setOwner("ada");
  const id = put();
  runner.start(id, false);
  await becomes(id, "failed");
  expect(store.clip(id)?.phase).toMatchObject({
    failure: { code: "video_too_long", detail: "It is too long.", creditBack: true },
  });
  runner.retry(id);
  expect(store.clip(id)?.phase).toEqual({ kind: "choosing", refused: null });
});

it("a cancelled video also cancels its job, even while it is being announced", async () => {
  const { services, runner, put, kind } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  services.announce.mockImplementationOnce(async () => {
    await promise;
    return { job: job({ state: "pending" }), upload: upload() };
  });
  runner.setOwner("ada");
  const id = put();
  runner.start(id, false);
  runner.cancel(id);
  expect(kind(id)).toBe("cancelled");
  resolve();
  await vi.waitFor(() => expect(services.cancelJob).toHaveBeenCalledExactlyOnceWith("job-1"));
  expect(services.put).not.toHaveBeenCalled();
});

it("no request is made in another user's session, and another user's videos are not shown", async () => {
  const { store, services, runner, put } = setUp();
  const theirs = put({
    owner: "ada",
    jobId: "job-1",
    phase: { kind: "following", state: "working", work: null },
  });
  services.mayBelongTo.mockReturnValue(false);
  runner.setOwner("ada");
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(services.getJob).not.toHaveBeenCalled();
  runner.setOwner("grace");
  expect(store.clip(theirs)).toBeUndefined();
});

it("the links of a result are renewed without a change of its state", async () => {
  const { store, services, runner, put } = setUp();
  runner.setOwner("ada");
  const id = put({
    phase: { kind: "ready" },
    jobId: "job-1",
    owner: "ada",
    job: job(),
    asked: job().options,
  });
  services.getJob.mockResolvedValueOnce(seen(job({ updated_at: "later" })));
  await runner.renew(id);
  expect(store.clip(id)).toMatchObject({ phase: { kind: "ready" }, job: { updated_at: "later" } });
});

it("after a preview from the history, the part that was chosen then is processed", async () => {
  const { services, runner, put, becomes } = setUp();
  const options = { ...job().options, from_ms: 200, until_ms: 900, preview: true };
  services.getJob.mockResolvedValueOnce(seen(job({ options })));
  runner.setOwner("ada");
  const id = put({ file: null, shape: null, jobId: "job-1", owner: "ada", phase: checking });
  runner.pump();
  await becomes(id, "ready");
  runner.processWhole(id);
  await vi.waitFor(() => expect(services.announce).toHaveBeenCalledOnce());
  expect(services.announce.mock.calls[0]?.[0]).toMatchObject({
    source_job: "job-1",
    options: { from_ms: 200, until_ms: 900, preview: false },
  });
});
