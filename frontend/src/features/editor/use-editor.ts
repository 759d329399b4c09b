import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";

import { useConfig } from "@/api/get-config";
import { useMe } from "@/api/get-me";
import { useUsage } from "@/api/get-usage";
import { takePendingFiles } from "@/lib/pending-files";

import { onServiceChanged, queue, runner, startQueue } from "./queue/editor-queue";
import { entryOfJob } from "./queue/entry";
import { useJobInUrl } from "./use-job-in-url";

/** The current state of the queue. */
export const useQueue = () => useStore(queue);

/** Connects the queue with the session, the credits, and the files from other pages. */
export function useEditor(takeIn: (files: File[]) => Promise<void>): { jobForMembers: string | null } {
  useEffect(() => void startQueue(), []);
  useRunnerUser();
  useRefetchOnChange();
  useResumeWithCredits();
  usePending(takeIn);
  return { jobForMembers: useJobForMembers() };
}

/** Sets the account of the runner. */
function useRunnerUser(): void {
  const { data: me, dataUpdatedAt: seenAt } = useMe();
  const { data: usage } = useUsage(Boolean(me));
  const { data: config } = useConfig();
  const id = me?.id;
  const jobsAtOnce = usage?.max_open_jobs ?? config?.plans[0]?.max_open_jobs;
  const { enabled: previewOpen, max_size_bytes: previewBytes } = config?.preview ?? {};
  useEffect(() => {
    let mounted = true;
    const setUser = async () => {
      await startQueue();
      if (mounted && id !== undefined) {
        runner.setUser({ kind: "member", id, jobsAtOnce: jobsAtOnce ?? 1 });
      } else if (mounted && me === null && previewOpen !== undefined && previewBytes !== undefined) {
        runner.setUser({ kind: "visitor", previewOpen, previewBytes });
      }
    };
    void setUser();
    return () => {
      mounted = false;
    };
    // Repeated with every response: the runner may be waiting for one.
  }, [id, me, seenAt, jobsAtOnce, previewOpen, previewBytes]);
}

/** Refetches credits and history after the queue has changed them. */
function useRefetchOnChange(): void {
  const queries = useQueryClient();
  useEffect(() => {
    onServiceChanged(() => {
      for (const key of ["usage", "jobs", "ledger"]) {
        void queries.invalidateQueries({ queryKey: [key] });
      }
    });
  }, [queries]);
}

/** Pictures that wait for credits continue when there are some: purchased, or from the new month. */
function useResumeWithCredits(): void {
  const { data: me } = useMe();
  const { data: usage, dataUpdatedAt } = useUsage(Boolean(me));
  const left = usage?.images.available ?? 0;
  useEffect(() => {
    // A quarter of a credit is not enough for a picture.
    if (left >= 1 && queue.getState().hold?.why === "quota") {
      runner.resume();
    }
  }, [left, dataUpdatedAt]);
}

/** One after the other: two parallel calls would both get the files. */
let taking: Promise<void> = Promise.resolve();

/** Adds the files that the front page has stored. */
function usePending(takeIn: (files: File[]) => Promise<void>): void {
  const { isPending } = useConfig();
  useEffect(() => {
    if (isPending) {
      // The configuration has the limits of the plan, which the files are checked against.
      return;
    }
    const before = taking;
    const take = async () => {
      await before;
      const files = await takePendingFiles();
      if (files.length > 0) {
        await takeIn(files);
      }
    };
    // If storage is turned off, nothing was stored either.
    taking = take().catch(() => undefined);
  }, [takeIn, isPending]);
}

/** Opens the job in `?job=`. Returns its ID while no user is signed in. */
function useJobForMembers(): string | null {
  const { t } = useTranslation("editor");
  const open = useCallback(
    async (job: string, owner: string) => {
      await startQueue();
      const known = queue.getState().entries.find((entry) => entry.jobId === job);
      if (known) {
        queue.select(known.id);
      } else {
        queue.add([entryOfJob(job, t("page.fromHistory"), owner)], "select");
        runner.pump();
      }
    },
    [t],
  );
  return useJobInUrl("job", open);
}
