import { describe, expect, it, vi } from "vitest";

import type { UploadAnswer } from "@/api/create-upload";
import type { Job } from "@/api/get-job";
import { Problem } from "@/lib/problem";

import { sleep } from "./clock";
import { newEntry, type Entry } from "./entry";
import { createRunner, type QueueUser } from "./runner";
import type { Services } from "./services";
import { createQueueStore } from "./store";

const MEMBER: QueueUser = { kind: "member", id: "ada", jobsAtOnce: 2 };
const VISITOR: QueueUser = { kind: "visitor", previewOpen: true, previewBytes: 1000 };
const CUTOUT = new Blob(["cutout"], { type: "image/png" });
const PREVIEW = new Blob(["preview"], { type: "image/webp" });

function job(change: Partial<Job> = {}): Job {
  return {
    id: "job-1",
    kind: "image",
    state: "completed",
    progress_percent: 100,
    name: "cat.jpg",
    options: {} as Job["options"],
    created_at: "2026-11-22T10:00:00Z",
    updated_at: "2026-11-22T10:00:00Z",
    result: {
      media_type: "image/png",
      width: 40,
      height: 30,
      size_bytes: 6,
      download_url: "https://bucket.test/result",
      source_url: "https://bucket.test/source",
    },
    ...change,
  };
}

function problem(code: string, status: number, facts: Record<string, unknown> = {}): Problem {
  return Problem.fromResponse(new Response(null, { status }), { code, title: code, detail: "", ...facts });
}

function answer(id: string): UploadAnswer {
  return {
    job: job({ id, state: "pending" }),
    upload: {
      method: "PUT",
      url: `https://bucket.test/${id}`,
      headers: { "Content-Type": "image/jpeg" },
      expires_at: "2026-11-22T10:15:00Z",
    },
  };
}

/** A queue with a service that succeeds at once, except where a test overrides it. */
function setUp(change: Partial<Services> = {}) {
  const store = createQueueStore();
  let jobs = 0;
  const services: Services = {
    createUpload: vi.fn<Services["createUpload"]>(async () => answer(`job-${(jobs += 1)}`)),
    put: vi.fn<Services["put"]>(async (_target, _file, onShare) => onShare(1)),
    getJob: vi.fn<Services["getJob"]>(async (id) => ({ job: job({ id }), etag: "1" })),
    cancelJob: vi.fn<Services["cancelJob"]>(async (id) => job({ id, state: "cancelled" })),
    retryJob: vi.fn<Services["retryJob"]>(async (id) => job({ id, state: "queued" })),
    download: vi.fn<Services["download"]>(async () => CUTOUT),
    preview: vi.fn<Services["preview"]>(async () => PREVIEW),
    shrink: vi.fn<Services["shrink"]>(async (picture) => picture),
    sleep: vi.fn<Services["sleep"]>((_ms, signal) => sleep(0, signal)),
    online: vi.fn<Services["online"]>(async () => undefined),
    mayBelongTo: vi.fn<Services["mayBelongTo"]>(() => true),
    changed: vi.fn<Services["changed"]>(),
    signedOut: vi.fn<Services["signedOut"]>(),
    ...change,
  };
  const runner = createRunner(store, services);
  const put = (name = "cat.jpg", fields: Partial<Entry> = {}) => {
    const file = new Blob(["original"], { type: "image/jpeg" });
    const entry = newEntry({ file, name, mediaType: "image/jpeg", size: null }, runner.owner());
    store.add([{ ...entry, ...fields }]);
    runner.pump();
    return entry.id;
  };
  const kind = (id: string) => store.entry(id)?.phase.kind;
  const becomes = (id: string, wanted: string) => vi.waitFor(() => expect(kind(id)).toBe(wanted));
  return { store, services, runner, put, kind, becomes };
}

/** A promise with the functions that settle it. */
function deferred<Value = void>() {
  return Promise.withResolvers<Value>();
}

describe("a member's picture", () => {
  it("has the failure `job_gone` if its job does not exist", async () => {
    const getJob: Services["getJob"] = async () => {
      throw problem("not_found", 404);
    };
    const { store, runner, put, becomes } = setUp({ getJob });
    runner.setUser(MEMBER);
    const id = put("From your history", { source: null, jobId: "nonsense", arrived: true });
    await becomes(id, "failed");
    expect(store.entry(id)?.phase).toMatchObject({ failure: { code: "job_gone" } });
  });

  it("is announced, uploaded, followed and fetched", async () => {
    const { store, services, runner, put, becomes } = setUp();
    runner.setUser(MEMBER);
    const id = put();
    const { key } = store.entry(id) as Entry;
    await becomes(id, "ready");
    expect(services.createUpload).toHaveBeenCalledExactlyOnceWith(
      { name: "cat.jpg", type: "image/jpeg", size_bytes: 8 },
      key,
    );
    expect(store.entry(id)).toMatchObject({
      jobId: "job-1",
      size: { width: 40, height: 30 },
      phase: { kind: "ready", cutout: CUTOUT, scale: "full" },
    });
    expect(services.changed).toHaveBeenCalled();
  });

  it("shows the progress of the upload and of the job", async () => {
    const seen: unknown[] = [];
    const states = [job({ state: "queued" }), job({ state: "processing", progress_percent: 40 }), job()];
    const { store, runner, put, becomes } = setUp({
      put: async (_target, _file, onShare) => onShare(0.5),
      getJob: async () => ({ job: states.shift() ?? job(), etag: undefined }),
    });
    store.subscribe(({ entries }) => seen.push(entries[0]?.phase));
    runner.setUser(MEMBER);
    await becomes(put(), "ready");
    expect(seen).toContainEqual({ kind: "uploading", share: 0.5 });
    expect(seen).toContainEqual({ kind: "processing", share: null });
    expect(seen).toContainEqual({ kind: "processing", share: 0.4 });
  });

  it("is polled with the last ETag, and waits while nothing has changed", async () => {
    const answers = [{ job: job({ state: "processing" }), etag: "a" }, null, { job: job(), etag: "b" }];
    const getJob = vi.fn<Services["getJob"]>(async () => answers.shift() ?? null);
    const { runner, put, becomes } = setUp({ getJob });
    runner.setUser(MEMBER);
    await becomes(put(), "ready");
    expect(getJob.mock.calls.map(([, , etag]) => etag)).toEqual([undefined, "a", "a"]);
  });

  it("is uploaded again after an interruption, as the same job", async () => {
    const put = vi
      .fn<Services["put"]>()
      .mockRejectedValueOnce(Problem.local("upload_interrupted"))
      .mockRejectedValueOnce(Problem.local("offline"))
      .mockResolvedValue();
    const { services, runner, put: add, becomes } = setUp({ put });
    runner.setUser(MEMBER);
    await becomes(add(), "ready");
    expect(put).toHaveBeenCalledTimes(3);
    expect(new Set(vi.mocked(services.createUpload).mock.calls.map(([, key]) => key)).size).toBe(1);
    expect(services.online).toHaveBeenCalled();
  });

  it("is not uploaded again if it has arrived after all", async () => {
    const createUpload = vi
      .fn<Services["createUpload"]>()
      .mockResolvedValueOnce(answer("job-1"))
      .mockRejectedValue(problem("invalid_state", 409, { state: "processing", job: "job-1" }));
    const put = vi.fn<Services["put"]>().mockRejectedValue(Problem.local("upload_interrupted"));
    const { runner, put: add, becomes } = setUp({ createUpload, put });
    runner.setUser(MEMBER);
    await becomes(add(), "ready");
    expect(put).toHaveBeenCalledTimes(1);
  });

  it("becomes a new job if the old one has expired", async () => {
    const createUpload = vi
      .fn<Services["createUpload"]>()
      .mockResolvedValueOnce(answer("job-1"))
      .mockRejectedValueOnce(problem("invalid_state", 409, { state: "expired", job: "job-1" }))
      .mockResolvedValueOnce(answer("job-2"));
    const put = vi
      .fn<Services["put"]>()
      .mockRejectedValueOnce(Problem.local("upload_refused"))
      .mockResolvedValue();
    const { store, runner, put: add, becomes } = setUp({ createUpload, put });
    runner.setUser(MEMBER);
    const id = add();
    await becomes(id, "ready");
    expect(store.entry(id)?.jobId).toBe("job-2");
    const keys = createUpload.mock.calls.map(([, key]) => key);
    expect(keys[2]).not.toBe(keys[1]);
  });

  it("fails if the bucket refuses it repeatedly", async () => {
    const { store, runner, put, becomes } = setUp({
      put: async () => {
        throw Problem.local("upload_refused");
      },
    });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "failed");
    expect(store.entry(id)?.phase).toMatchObject({ failure: { code: "upload_refused" } });
  });

  it("is cancelled during the upload, together with its job", async () => {
    const { services, runner, put, kind, becomes } = setUp({
      put: (_target, _file, _onShare, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    });
    runner.setUser(MEMBER);
    const id = put();
    await vi.waitFor(() => expect(services.createUpload).toHaveBeenCalled());
    await becomes(id, "uploading");
    await vi.waitFor(() => runner.cancel(id));
    await becomes(id, "cancelled");
    await vi.waitFor(() => expect(services.cancelJob).toHaveBeenCalledWith("job-1"));
    expect(kind(id)).toBe("cancelled");
  });

  it("leaves no job behind if it is cancelled while it is announced", async () => {
    const announced = deferred<UploadAnswer>();
    const { services, runner, put, becomes } = setUp({ createUpload: () => announced.promise });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "uploading");
    runner.cancel(id);
    announced.resolve(answer("job-7"));
    await vi.waitFor(() => expect(services.cancelJob).toHaveBeenCalledWith("job-7"));
    expect(services.put).not.toHaveBeenCalled();
    await becomes(id, "cancelled");
  });

  it("is finished if it was cancelled too late", async () => {
    const looked = deferred<null>();
    const getJob = vi
      .fn<Services["getJob"]>()
      .mockImplementationOnce(() => looked.promise)
      .mockResolvedValue({ job: job(), etag: undefined });
    const { runner, put, becomes } = setUp({
      getJob,
      cancelJob: async () => {
        throw problem("invalid_state", 409, { state: "completed" });
      },
    });
    runner.setUser(MEMBER);
    const id = put();
    await vi.waitFor(() => expect(getJob).toHaveBeenCalled());
    runner.cancel(id);
    await becomes(id, "ready");
  });

  it("fails with the service's message, and is retried as the same job", async () => {
    const failure = { code: "no_subject", message: "Nothing looks like a subject." } as const;
    const getJob = vi
      .fn<Services["getJob"]>()
      .mockResolvedValueOnce({ job: job({ state: "failed", result: null, failure }), etag: undefined })
      .mockResolvedValue({ job: job(), etag: undefined });
    const { store, services, runner, put, becomes } = setUp({ getJob });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "failed");
    expect(store.entry(id)?.phase).toMatchObject({
      failure: { code: "no_subject", detail: "Nothing looks like a subject." },
    });
    runner.retry(id);
    await becomes(id, "ready");
    expect(services.retryJob).toHaveBeenCalledExactlyOnceWith("job-1");
    expect(services.put).toHaveBeenCalledTimes(1);
  });

  it("is uploaded again if the service no longer has its file on a retry", async () => {
    const { store, services, runner, put, becomes } = setUp({
      retryJob: async () => {
        throw problem("invalid_state", 409, { state: "expired" });
      },
    });
    runner.setUser(MEMBER);
    const id = put("cat.jpg", { phase: { kind: "cancelled" }, jobId: "job-0", arrived: true });
    runner.retry(id);
    await becomes(id, "ready");
    expect(services.put).toHaveBeenCalledTimes(1);
    expect(store.entry(id)?.jobId).toBe("job-1");
  });

  it("waits, like all others, while no credit is left", async () => {
    const createUpload = vi
      .fn<Services["createUpload"]>()
      .mockRejectedValueOnce(
        problem("insufficient_credits", 402, { allowance: 10, renews_at: "2026-12-01T00:00:00Z" }),
      )
      .mockResolvedValue(answer("job-1"));
    const { store, runner, put, kind, becomes } = setUp({ createUpload });
    runner.setUser({ ...MEMBER, jobsAtOnce: 1 });
    const [first, second] = [put("one.jpg"), put("two.jpg")];
    await vi.waitFor(() =>
      expect(store.getState().hold).toMatchObject({
        why: "quota",
        allowance: 10,
        renewsAt: "2026-12-01T00:00:00Z",
      }),
    );
    expect([kind(first), kind(second)]).toEqual(["waiting", "waiting"]);
    expect(createUpload).toHaveBeenCalledTimes(1);
    runner.resume();
    await becomes(first, "ready");
    await becomes(second, "ready");
  });

  it("waits without a hold while too many jobs are open", async () => {
    const createUpload = vi
      .fn<Services["createUpload"]>()
      .mockRejectedValueOnce(problem("too_many_jobs", 429))
      .mockResolvedValue(answer("job-1"));
    const { store, runner, put, becomes } = setUp({ createUpload });
    runner.setUser(MEMBER);
    await becomes(put(), "ready");
    expect(store.getState().hold).toBeNull();
  });

  it("continues after an ended session", async () => {
    const createUpload = vi
      .fn<Services["createUpload"]>()
      .mockRejectedValueOnce(problem("session_expired", 401))
      .mockResolvedValue(answer("job-1"));
    const { store, services, runner, put, kind, becomes } = setUp({ createUpload });
    runner.setUser(MEMBER);
    const id = put();
    await vi.waitFor(() => expect(services.signedOut).toHaveBeenCalledTimes(1));
    runner.setUser(VISITOR);
    expect(kind(id)).toBe("waiting");
    expect(services.preview).not.toHaveBeenCalled();
    runner.setUser(MEMBER);
    await becomes(id, "ready");
    expect(store.getState().hold).toBeNull();
  });

  it("is neither processed for another user nor shown to them", async () => {
    const { store, services, runner, put } = setUp();
    put("cat.jpg", { owner: "grace" });
    runner.setUser(MEMBER);
    expect(store.getState().entries).toEqual([]);
    await Promise.resolve();
    expect(services.createUpload).not.toHaveBeenCalled();
  });

  it("is fetched without an upload if its job was started before a reload", async () => {
    const { services, runner, put, becomes } = setUp();
    const phase = { kind: "processing", share: null } as const;
    const id = put("cat.jpg", { owner: "ada", jobId: "job-9", arrived: true, phase });
    runner.setUser(MEMBER);
    await becomes(id, "ready");
    expect(services.getJob).toHaveBeenCalledWith("job-9", expect.anything(), undefined);
    expect(services.createUpload).not.toHaveBeenCalled();
  });

  it("is fetched with its original if it is opened from the history", async () => {
    const { store, services, runner, put, becomes } = setUp();
    runner.setUser(MEMBER);
    const phase = { kind: "processing", share: null } as const;
    const id = put("…", { source: null, jobId: "job-9", arrived: true, phase });
    await becomes(id, "ready");
    expect(vi.mocked(services.download).mock.calls.map(([url]) => url)).toEqual([
      "https://bucket.test/result",
      "https://bucket.test/source",
    ]);
    expect(store.entry(id)).toMatchObject({ name: "cat.jpg", source: CUTOUT });
  });

  it("waits for its turn: no more are started than the plan allows", async () => {
    const sent = deferred();
    const { services, runner, put, kind, becomes } = setUp({ put: () => sent.promise });
    runner.setUser(MEMBER);
    const ids = [put("1.jpg"), put("2.jpg"), put("3.jpg")];
    await vi.waitFor(() => expect(services.createUpload).toHaveBeenCalledTimes(2));
    expect(kind(ids[2] ?? "")).toBe("waiting");
    sent.resolve();
    await Promise.all(ids.map((id) => becomes(id, "ready")));
    expect(services.createUpload).toHaveBeenCalledTimes(3);
  });

  it("can be removed while it is in progress, together with its job", async () => {
    const sent = deferred();
    const { store, services, runner, put, becomes } = setUp({ put: () => sent.promise });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "uploading");
    await vi.waitFor(() => expect(store.entry(id)?.jobId).toBe("job-1"));
    runner.remove(id);
    sent.resolve();
    await vi.waitFor(() => expect(services.cancelJob).toHaveBeenCalledWith("job-1"));
    expect(store.getState().entries).toEqual([]);
  });
});

describe("a retry", () => {
  const failure = { code: "no_subject", message: "Nothing looks like a subject." } as const;
  const failed = { job: job({ state: "failed", result: null, failure }), etag: undefined };
  const looksFailed = () => vi.fn<Services["getJob"]>().mockResolvedValueOnce(failed);

  it.each(["queued", "processing", "completed"])("follows a job that is %s already", async (state) => {
    const getJob = looksFailed().mockResolvedValue({ job: job(), etag: undefined });
    const { store, services, runner, put, becomes } = setUp({
      getJob,
      retryJob: async () => {
        throw problem("invalid_state", 409, { state });
      },
    });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "failed");
    runner.retry(id);
    await becomes(id, "ready");
    expect(services.createUpload).toHaveBeenCalledTimes(1);
    expect(store.entry(id)).toMatchObject({ jobId: "job-1", again: false, arrived: true });
  });

  it("costs one credit if its response is lost", async () => {
    const retryJob = vi
      .fn<Services["retryJob"]>()
      .mockRejectedValueOnce(Problem.local("unreachable"))
      .mockRejectedValue(problem("invalid_state", 409, { state: "processing" }));
    const getJob = looksFailed().mockResolvedValue({ job: job(), etag: undefined });
    const { services, runner, put, becomes } = setUp({ getJob, retryJob });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "failed");
    runner.retry(id);
    await becomes(id, "ready");
    expect(retryJob).toHaveBeenCalledTimes(2);
    expect(services.createUpload).toHaveBeenCalledTimes(1);
  });

  it("costs one credit if the page was reloaded in the meantime", async () => {
    const { services, runner, put, becomes } = setUp({
      retryJob: async () => {
        throw problem("invalid_state", 409, { state: "processing" });
      },
    });
    const id = put("cat.jpg", { owner: "ada", jobId: "job-9", arrived: true, again: true });
    runner.setUser(MEMBER);
    await becomes(id, "ready");
    expect(services.createUpload).not.toHaveBeenCalled();
  });

  it("only fetches the result if the download has failed", async () => {
    const download = vi.fn<Services["download"]>(async () => {
      throw Problem.local("unreachable");
    });
    const { store, services, runner, put, becomes } = setUp({ download });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "failed");
    expect(store.entry(id)?.phase).toMatchObject({ failure: { creditBack: false } });
    download.mockResolvedValue(CUTOUT);
    runner.retry(id);
    await becomes(id, "ready");
    expect(services.retryJob).not.toHaveBeenCalled();
    expect(services.createUpload).toHaveBeenCalledTimes(1);
  });

  it("uploads the picture again if its result was deleted", async () => {
    const getJob = vi
      .fn<Services["getJob"]>()
      .mockResolvedValueOnce({ job: job({ result: null }), etag: undefined })
      .mockImplementation(async (id) => ({ job: job({ id }), etag: undefined }));
    const { store, services, runner, put, becomes } = setUp({ getJob });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "failed");
    expect(store.entry(id)?.phase).toMatchObject({ failure: { code: "result_gone", creditBack: false } });
    runner.retry(id);
    await becomes(id, "ready");
    expect(services.createUpload).toHaveBeenCalledTimes(2);
    expect(store.entry(id)?.jobId).toBe("job-2");
  });

  it("reports a returned credit only if the job itself has failed", async () => {
    const { store, runner, put, becomes } = setUp({ getJob: looksFailed() });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "failed");
    expect(store.entry(id)?.phase).toMatchObject({ failure: { creditBack: true } });
  });

  it("cancels the job if the picture is cancelled during the retry", async () => {
    const asked = deferred<Job>();
    const { services, runner, put, becomes } = setUp({
      retryJob: () => asked.promise,
      cancelJob: vi
        .fn<Services["cancelJob"]>()
        .mockRejectedValueOnce(problem("invalid_state", 409, { state: "failed" })),
    });
    runner.setUser(MEMBER);
    const id = put("cat.jpg", { jobId: "job-0", arrived: true, again: true });
    await becomes(id, "processing");
    runner.cancel(id);
    asked.resolve(job({ state: "queued" }));
    await vi.waitFor(() => expect(services.cancelJob).toHaveBeenCalledTimes(2));
  });
});

describe("a failed upload", () => {
  const refused = async () => {
    throw Problem.local("upload_refused");
  };

  it("leaves no job behind that reserves a credit", async () => {
    const { services, runner, put, becomes } = setUp({ put: refused });
    runner.setUser(MEMBER);
    await becomes(put(), "failed");
    await vi.waitFor(() => expect(services.cancelJob).toHaveBeenCalledTimes(1));
  });

  it("becomes a new job on a retry, after the old one has been cancelled", async () => {
    const cancelled = deferred<Job>();
    const send = vi.fn<Services["put"]>(refused);
    const { services, runner, put, becomes } = setUp({ put: send, cancelJob: () => cancelled.promise });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "failed");
    const asked = vi.mocked(services.createUpload);
    const before = asked.mock.calls.length;
    send.mockResolvedValue();
    runner.retry(id);
    await sleep(5, new AbortController().signal);
    expect(asked).toHaveBeenCalledTimes(before);
    cancelled.resolve(job({ state: "cancelled" }));
    await becomes(id, "ready");
    const keys = asked.mock.calls.map(([, key]) => key);
    expect(keys).toHaveLength(before + 1);
    expect(keys[before]).not.toBe(keys[0]);
  });

  it("stays the same job if the cancellation failed", async () => {
    const send = vi.fn<Services["put"]>(refused);
    const { services, runner, put, becomes } = setUp({
      put: send,
      createUpload: vi.fn<Services["createUpload"]>(async () => answer("job-1")),
      cancelJob: async () => {
        throw Problem.local("unreachable");
      },
    });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "failed");
    send.mockResolvedValue();
    runner.retry(id);
    await becomes(id, "ready");
    expect(new Set(vi.mocked(services.createUpload).mock.calls.map(([, key]) => key)).size).toBe(1);
  });

  it("is cancelled when its picture is removed, also after a reload", async () => {
    const { services, runner, put } = setUp();
    runner.setUser(MEMBER);
    const phase = {
      kind: "failed",
      failure: { code: "upload_interrupted", title: "", detail: "", creditBack: false },
    } as const;
    runner.remove(put("cat.jpg", { jobId: "job-4", phase }));
    await vi.waitFor(() => expect(services.cancelJob).toHaveBeenCalledWith("job-4"));
  });

  it("becomes a new job if it was cancelled", async () => {
    const { store, services, runner, put, becomes } = setUp();
    runner.setUser(MEMBER);
    const id = put("cat.jpg", { jobId: "job-0", phase: { kind: "cancelled" } });
    const { key } = store.entry(id) as Entry;
    runner.retry(id);
    await becomes(id, "ready");
    expect(vi.mocked(services.createUpload).mock.calls[0]?.[1]).not.toBe(key);
  });
});

describe("when another user signs in", () => {
  it("nothing is sent in their session, even before the page knows them", async () => {
    const mayBelongTo = vi.fn<Services["mayBelongTo"]>(() => false);
    const { store, services, runner, put, kind } = setUp({ mayBelongTo });
    runner.setUser(MEMBER);
    const id = put();
    await vi.waitFor(() => expect(mayBelongTo).toHaveBeenCalledWith("ada"));
    await vi.waitFor(() => expect(kind(id)).toBe("waiting"));
    expect(runner.owner()).toBeNull();
    expect(services.createUpload).not.toHaveBeenCalled();
    expect(store.getState().hold).toBeNull();
    // The sign-out was a mistake, or the same user is back.
    mayBelongTo.mockReturnValue(true);
    runner.setUser(MEMBER);
    await vi.waitFor(() => expect(kind(id)).toBe("ready"));
  });

  it("a job that they may not see does not count as deleted", async () => {
    let still = true;
    const { runner, put, kind, services } = setUp({
      mayBelongTo: () => still,
      getJob: async () => {
        still = false;
        throw problem("not_found", 404);
      },
    });
    runner.setUser(MEMBER);
    const id = put();
    await vi.waitFor(() => expect(runner.owner()).toBeNull());
    expect(kind(id)).toBe("waiting");
    expect(services.signedOut).not.toHaveBeenCalled();
  });

  it("all work stops until the account is known", async () => {
    const sent = deferred();
    const { services, runner, put, kind, becomes } = setUp({ put: () => sent.promise });
    runner.setUser(MEMBER);
    const id = put();
    await becomes(id, "uploading");
    runner.setUser({ kind: "unknown" });
    expect(kind(id)).toBe("waiting");
    sent.resolve();
    await sleep(5, new AbortController().signal);
    expect(kind(id)).toBe("waiting");
    expect(services.getJob).not.toHaveBeenCalled();
  });
});

describe("a picture found from another tab", () => {
  it.each([
    ["a member", MEMBER],
    ["a visitor", VISITOR],
  ])("is neither started nor taken over by %s without a click", async (_name, user) => {
    const { store, services, runner, put, becomes } = setUp();
    const id = put("cat.jpg", { found: true });
    const preview = { kind: "ready", cutout: PREVIEW, scale: "preview" } as const;
    const small = put("dog.jpg", { found: true, wantsFull: true, phase: preview });
    runner.setUser(user);
    await sleep(5, new AbortController().signal);
    expect(store.entry(id)).toMatchObject({ owner: null, phase: { kind: "waiting" } });
    expect(store.entry(small)).toMatchObject({ owner: null, phase: preview });
    expect(services.createUpload).not.toHaveBeenCalled();
    expect(services.preview).not.toHaveBeenCalled();
    runner.begin(id);
    await becomes(id, "ready");
    expect(store.entry(id)).toMatchObject({ found: false, owner: runner.owner() });
  });
});

it("a visitor's failed picture is retried for the member", async () => {
  const { store, runner, put, becomes } = setUp();
  runner.setUser(MEMBER);
  const phase = {
    kind: "failed",
    failure: { code: "unreachable", title: "", detail: "", creditBack: false },
  } as const;
  const id = put("cat.jpg", { owner: null, phase });
  runner.retry(id);
  await becomes(id, "ready");
  expect(store.entry(id)?.owner).toBe("ada");
});

it.each([1, 3, 5, 10])("%d parallel jobs are polled fewer than 120 times in any minute", async (count) => {
  const MINUTE = 60_000;
  // The times of the polls of each job, on a clock that only its pauses advance.
  const looks = new Map<AbortSignal, number[]>();
  const { runner, put } = setUp({
    getJob: async () => null,
    sleep: (ms, signal) => {
      const times = looks.get(signal) ?? [0];
      looks.set(signal, [...times, (times.at(-1) ?? 0) + ms]);
      return sleep(0, signal);
    },
  });
  runner.setUser({ ...MEMBER, jobsAtOnce: count });
  for (let index = 0; index < count; index += 1) {
    put();
  }
  const all = () => [...looks.values()];
  await vi.waitFor(() => {
    expect(looks.size).toBe(count);
    expect(Math.min(...all().map((times) => times.at(-1) ?? 0))).toBeGreaterThan(2 * MINUTE);
  });
  runner.setUser({ kind: "unknown" });
  const within = (from: number) =>
    all().flatMap((times) => times.filter((at) => at >= from && at < from + MINUTE)).length;
  expect(within(0)).toBeLessThan(120);
  expect(within(MINUTE)).toBeLessThan(120);
  // A user who waits for one picture is not delayed.
  expect(within(0)).toBeGreaterThan(30);
});

describe("a visitor's picture", () => {
  it("gets a small cutout without an account", async () => {
    const { store, services, runner, put, becomes } = setUp();
    runner.setUser(VISITOR);
    const id = put();
    await becomes(id, "ready");
    expect(store.entry(id)?.phase).toEqual({ kind: "ready", cutout: PREVIEW, scale: "preview" });
    expect(services.createUpload).not.toHaveBeenCalled();
  });

  it("waits if the visitor has reached the rate limit", async () => {
    const { store, runner, put, kind } = setUp({
      preview: async () => {
        throw problem("rate_limited", 429);
      },
    });
    runner.setUser(VISITOR);
    const id = put();
    await vi.waitFor(() => expect(store.getState().hold?.why).toBe("preview"));
    expect(kind(id)).toBe("waiting");
  });

  it("is not sent if previews are turned off", () => {
    const { store, services, runner, put } = setUp();
    runner.setUser({ ...VISITOR, previewOpen: false });
    put();
    expect(store.getState().hold?.why).toBe("preview");
    expect(services.preview).not.toHaveBeenCalled();
  });

  it("gets the full cutout after the visitor has signed in, and keeps its edits", async () => {
    const { store, runner, put, becomes } = setUp();
    runner.setUser(VISITOR);
    const id = put();
    await becomes(id, "ready");
    const edits = { ...(store.entry(id) as Entry).edits, crop: { margin: 10 } };
    store.patch(id, { wantsFull: true, edits });
    runner.setUser(MEMBER);
    await vi.waitFor(() => expect(store.entry(id)?.phase).toMatchObject({ scale: "full" }));
    expect(store.entry(id)).toMatchObject({ edits, owner: "ada", preview: null });
  });

  it("stays a preview for a member until the full cutout is requested", async () => {
    const { store, services, runner, put, becomes } = setUp();
    runner.setUser(VISITOR);
    const id = put();
    await becomes(id, "ready");
    runner.setUser(MEMBER);
    expect(store.entry(id)?.phase).toMatchObject({ scale: "preview" });
    expect(services.createUpload).not.toHaveBeenCalled();
    runner.upgrade(id);
    expect(store.entry(id)?.preview).toBe(PREVIEW);
    await vi.waitFor(() => expect(store.entry(id)?.phase).toMatchObject({ scale: "full" }));
  });

  it("becomes a preview again if the full cutout is cancelled", async () => {
    const sent = deferred();
    const { store, runner, put, becomes } = setUp({ put: () => sent.promise });
    runner.setUser(VISITOR);
    const id = put();
    await becomes(id, "ready");
    runner.setUser(MEMBER);
    runner.upgrade(id);
    await becomes(id, "uploading");
    runner.cancel(id);
    expect(store.entry(id)?.phase).toEqual({ kind: "ready", cutout: PREVIEW, scale: "preview" });
    sent.resolve();
  });

  it("gets the full cutout at once if the visitor signs in before the preview is ready", async () => {
    const { store, runner, put, becomes } = setUp({ preview: () => deferred<Blob>().promise });
    runner.setUser(VISITOR);
    const id = put();
    await becomes(id, "processing");
    runner.setUser(MEMBER);
    await vi.waitFor(() => expect(store.entry(id)?.phase).toMatchObject({ scale: "full" }));
  });
});
