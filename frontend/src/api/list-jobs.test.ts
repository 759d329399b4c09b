import { expect, test } from "vitest";

import { isOpen, jobsQuery, keepLinks, type Job, type JobFilter } from "./list-jobs";

const NOW = Date.parse("2026-11-22T12:00:00Z");

function job(link: string, until: string, updated = "2026-11-22T11:00:00Z"): Job {
  return {
    id: "1",
    kind: "image",
    state: "completed",
    progress_percent: 100,
    name: "cat.jpg",
    options: {} as Job["options"],
    created_at: "2026-11-22T11:00:00Z",
    updated_at: updated,
    result: {
      width: 10,
      height: 10,
      size_bytes: 10,
      media_type: "image/png",
      download_url: link,
      urls_expire_at: until,
    },
  };
}

const pages = (one: Job) => ({ pages: [{ jobs: [one], next: null }], pageParams: [""] });
const link = (data: ReturnType<typeof keepLinks>) => data.pages[0]?.jobs[0]?.result?.download_url;

test("a valid link is kept, so that its picture is not loaded again", () => {
  const before = pages(job("first", "2026-11-22T12:10:00Z"));
  const after = pages(job("second", "2026-11-22T12:15:00Z"));
  expect(link(keepLinks(before, after, NOW))).toBe("first");
});

test("a link that is about to expire is replaced", () => {
  const before = pages(job("first", "2026-11-22T12:01:00Z"));
  const after = pages(job("second", "2026-11-22T12:15:00Z"));
  expect(link(keepLinks(before, after, NOW))).toBe("second");
});

test("a changed job gets its new links", () => {
  const before = pages(job("first", "2026-11-22T12:10:00Z"));
  const after = pages(job("second", "2026-11-22T12:15:00Z", "2026-11-22T11:59:00Z"));
  expect(link(keepLinks(before, after, NOW))).toBe("second");
  expect(link(keepLinks(undefined, after, NOW))).toBe("second");
});

test("pending, queued and processing jobs are open, others are not", () => {
  const state = (name: Job["state"]) => isOpen({ ...job("", ""), state: name });
  expect((["pending", "queued", "processing"] as const).every(state)).toBe(true);
  expect((["completed", "failed", "cancelled", "expired"] as const).some(state)).toBe(false);
});

test("the open jobs, which take three requests, are refetched less often", () => {
  const live = (filter: JobFilter) => {
    const { refetchInterval } = jobsQuery(filter);
    const data = pages({ ...job("", ""), state: "processing" });
    return typeof refetchInterval === "function"
      ? refetchInterval({ state: { data } } as never)
      : refetchInterval;
  };
  expect(live("open")).toBe(6000);
  expect(live("all")).toBe(3000);
});
