import { infiniteQueryOptions, replaceEqualDeep, useInfiniteQuery } from "@tanstack/react-query";
import type { InfiniteData } from "@tanstack/react-query";

import type { components } from "@/api/schema";
import { api, unwrap } from "@/lib/api-client";

export type Job = components["schemas"]["Job"];
export type JobState = components["schemas"]["JobState"];
type JobPage = components["schemas"]["JobList"];

/** Pictures, videos, or both. */
export type KindFilter = "all" | Job["kind"];

/** The filter of the list. `open` stands for every state that is not final. */
export type JobFilter = "all" | "open" | JobState;

const OPEN: readonly JobState[] = ["pending", "queued", "processing"];
const LIVE_MS = 3000;
/** Open jobs are requested as three lists in parallel. */
const OPEN_LIVE_MS = 6000;
/** Links expire after a quarter of an hour; an open page gets new ones before. */
const RENEW_MS = 8 * 60_000;
/** Links with less time left are replaced. */
const SPARE_MS = 5 * 60_000;

/** True unless its state is final. */
export function isOpen({ state }: Job): boolean {
  return OPEN.includes(state);
}

export function jobsQuery(filter: JobFilter, kind: KindFilter = "all") {
  return infiniteQueryOptions({
    queryKey: ["jobs", filter, kind],
    queryFn: ({ pageParam, signal }) => listJobs({ filter, kind, after: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: ({ next }: JobPage) => next,
    structuralSharing: (before, after) =>
      replaceEqualDeep(
        before,
        keepLinks(before as InfiniteData<JobPage> | undefined, after as InfiniteData<JobPage>),
      ),
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ jobs }) => jobs.some(isOpen))
        ? filter === "open"
          ? OPEN_LIVE_MS
          : LIVE_MS
        : RENEW_MS,
  });
}

/** The user's jobs, newest first, page by page; refetched while one of them is open. */
export const useJobs = (filter: JobFilter, kind: KindFilter) => useInfiniteQuery(jobsQuery(filter, kind));

type PageRequest = { filter: JobFilter; kind: KindFilter; after: string };

async function listJobs({ filter, kind, after }: PageRequest, signal: AbortSignal): Promise<JobPage> {
  const page = (state?: JobState) =>
    unwrap(
      api.GET("/api/jobs", {
        params: {
          query: {
            limit: 24,
            ...(state && { state }),
            ...(kind !== "all" && { kind }),
            ...(after && { after }),
          },
        },
        signal,
      }),
    );
  if (filter !== "open") {
    return page(filter === "all" ? undefined : filter);
  }
  // The API filters by one state. Plans allow few open jobs, so that a page holds them all.
  const pages = await Promise.all(OPEN.map(page));
  const jobs = new Map(pages.flatMap((one) => one.jobs).map((job) => [job.id, job]));
  return { jobs: [...jobs.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)), next: null };
}

/**
 * Each response has newly signed links. A picture with a new address is loaded again, so the earlier links
 * stay in use while they are valid.
 */
export function keepLinks(
  before: InfiniteData<JobPage> | undefined,
  after: InfiniteData<JobPage>,
  now = Date.now(),
): InfiniteData<JobPage> {
  const known = new Map(before?.pages.flatMap(({ jobs }) => jobs).map((job) => [job.id, job]));
  const keep = (job: Job): Job => {
    const earlier = known.get(job.id);
    const until = earlier?.result?.urls_expire_at;
    const same = earlier?.updated_at === job.updated_at && job.result?.download_url;
    if (!same || !until || Date.parse(until) - now < SPARE_MS) {
      return job;
    }
    return { ...job, result: earlier.result };
  };
  return { ...after, pages: after.pages.map((page) => ({ ...page, jobs: page.jobs.map(keep) })) };
}
