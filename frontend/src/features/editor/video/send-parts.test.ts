import { expect, it, vi } from "vitest";

import type { VideoJob, VideoUpload } from "@/api/video-types";
import { Problem } from "@/lib/problem";

import { sleep } from "../queue/clock";
import { arrivedBytes, LostFile, OtherFile, piecesOf, sendParts, type PartServices } from "./send-parts";

const FILE = new Blob(["aaaabbbbccccdd"]);

/** The bucket's side: the received parts, by number. */
function store(done: number[] = []) {
  const arrived = new Set(done);
  let links = 0;
  const upload = (): VideoUpload => {
    links += 1;
    return {
      part_size_bytes: 4,
      expires_at: "2026-11-22T11:00:00Z",
      parts: [4, 4, 4, 2].map((size_bytes, index) => {
        const number = index + 1;
        const here = arrived.has(number);
        return {
          number,
          size_bytes,
          uploaded: here,
          url: here ? null : `https://bucket.test/${number}/${links}`,
        };
      }),
    };
  };
  return { arrived, upload };
}

function problem(code: string, status: number): Problem {
  return Problem.fromResponse(new Response(null, { status }), { code, title: code });
}

function setUp(done: number[] = []) {
  const { arrived, upload } = store(done);
  const texts: Record<number, string> = {};
  const services = {
    getUpload: vi.fn<PartServices["getUpload"]>(async () => upload()),
    finishUpload: vi.fn<PartServices["finishUpload"]>(async () => {
      if (arrived.size < 4) {
        throw problem("incomplete_upload", 409);
      }
      return { id: "job-1", state: "pending" } as VideoJob;
    }),
    put: vi.fn<PartServices["put"]>(async (url, part, onShare) => {
      const number = Number(url.split("/").at(-2));
      texts[number] = await part.text();
      onShare(1);
      arrived.add(number);
    }),
    sleep: vi.fn<PartServices["sleep"]>((_ms, signal) => sleep(0, signal)),
    online: vi.fn<PartServices["online"]>(async () => undefined),
  };
  const { signal } = new AbortController();
  const onSent = vi.fn<(bytes: number) => void>();
  const send = (first: VideoUpload | null = upload(), file: Blob = FILE, stop = signal) =>
    sendParts(services, { job: "job-1", file, upload: first, onSent, signal: stop });
  return { arrived, services, texts, onSent, send, upload };
}

it("every part is sent to its own link, and then the upload is completed", async () => {
  const { services, texts, onSent, send } = setUp();
  expect(await send()).toMatchObject({ id: "job-1" });
  expect(texts).toEqual({ 1: "aaaa", 2: "bbbb", 3: "cccc", 4: "dd" });
  expect(services.finishUpload).toHaveBeenCalledExactlyOnceWith("job-1");
  expect(onSent).toHaveBeenLastCalledWith(14);
});

it("a resumed upload sends only the missing parts", async () => {
  const { services, texts, onSent, send } = setUp([1, 3]);
  await send(null);
  expect(services.getUpload).toHaveBeenCalledOnce();
  expect(texts).toEqual({ 2: "bbbb", 4: "dd" });
  expect(onSent.mock.calls[0]).toEqual([8]);
});

it("at most three parts are sent in parallel", async () => {
  let now = 0;
  let most = 0;
  const { arrived, services, send } = setUp();
  services.put.mockImplementation(async (url) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    now -= 1;
    arrived.add(Number(url.split("/").at(-2)));
  });
  await send();
  expect(most).toBe(3);
});

it("an interrupted part is sent again, after a pause and once the browser is online", async () => {
  const { services, send } = setUp();
  services.put.mockRejectedValueOnce(Problem.local("upload_interrupted"));
  services.put.mockRejectedValueOnce(Problem.local("offline"));
  await send();
  expect(services.put).toHaveBeenCalledTimes(6);
  expect(services.sleep).toHaveBeenCalledTimes(2);
  expect(services.online).toHaveBeenCalledTimes(2);
});

it("an expired link is replaced, and uploaded parts are not sent again", async () => {
  const { services, texts, send } = setUp([1]);
  services.put.mockImplementationOnce(async () => {
    throw Problem.local("upload_refused");
  });
  await send();
  expect(services.getUpload).toHaveBeenCalledOnce();
  expect(Object.keys(texts)).toEqual(["2", "3", "4"]);
});

it("parts that the store lacks at the end are sent again", async () => {
  const { arrived, services, send } = setUp();
  let lost = false;
  const { put } = services;
  const real = put.getMockImplementation() as PartServices["put"];
  put.mockImplementation(async (...given) => {
    await real(...given);
    if (!lost && arrived.has(2)) {
      lost = true;
      arrived.delete(2);
    }
  });
  await send();
  expect(services.finishUpload).toHaveBeenCalledTimes(2);
  expect(put).toHaveBeenCalledTimes(5);
});

it("gives up if every part is refused", async () => {
  const { services, send } = setUp();
  services.put.mockImplementation(async () => {
    throw Problem.local("upload_refused");
  });
  await expect(send()).rejects.toMatchObject({ code: "upload_refused" });
  expect(services.getUpload.mock.calls.length).toBeLessThan(10);
});

it("a pause stops every part in progress", async () => {
  const stop = new AbortController();
  const { services, send } = setUp();
  services.put.mockImplementation(
    (_url, _part, _share, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        setTimeout(() => stop.abort(), 0);
      }),
  );
  await expect(send(undefined, FILE, stop.signal)).rejects.toMatchObject({ name: "AbortError" });
  expect(services.put).toHaveBeenCalledTimes(3);
  expect(services.finishUpload).not.toHaveBeenCalled();
});

it("a file of another length is not sent", async () => {
  const { services, send } = setUp();
  await expect(send(undefined, new Blob(["short"]))).rejects.toBeInstanceOf(OtherFile);
  expect(services.put).not.toHaveBeenCalled();
});

it("an unreadable file does not count as a lost connection", async () => {
  const { services, send } = setUp();
  services.put.mockRejectedValue(Problem.local("upload_interrupted"));
  const gone = new Blob(["aaaabbbbccccdd"]);
  gone.slice = () =>
    ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotReadableError")) }) as never;
  await expect(send(undefined, gone)).rejects.toBeInstanceOf(LostFile);
});

it("the ranges of the parts follow each other without gaps", () => {
  const { upload } = store([2]);
  const pieces = piecesOf(upload(), 14);
  expect(pieces.map(({ start, end }) => [start, end])).toEqual([
    [0, 4],
    [4, 8],
    [8, 12],
    [12, 14],
  ]);
  expect(arrivedBytes(upload())).toBe(4);
});
