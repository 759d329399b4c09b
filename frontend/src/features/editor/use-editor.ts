import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useStore } from "zustand";

import { useConfig } from "@/api/get-config";
import { useMe } from "@/api/get-me";
import { useUsage } from "@/api/get-usage";
import { takePendingFiles } from "@/lib/pending-files";

import { onServiceChanged, queue, runner, startQueue } from "./queue/editor-queue";
import { entryOfJob } from "./queue/entry";

/** The queue as it is now. */
export const useQueue = () => useStore(queue);

/** Ties the queue to the session, to the credits, and to what other pages hand over. */
export function useEditor(takeIn: (files: File[]) => Promise<void>): { jobForMembers: string | null } {
  useEffect(() => void startQueue(), []);
  useWho();
  useFreshNumbers();
  useEnoughCredits();
  usePending(takeIn);
  return { jobForMembers: useJobOfAddress() };
}

/** Tells the runner for whom it works. */
function useWho(): void {
  const { data: me, dataUpdatedAt: seenAt } = useMe();
  const { data: usage } = useUsage(Boolean(me));
  const { data: config } = useConfig();
  const id = me?.id;
  const jobsAtOnce = usage?.max_open_jobs ?? config?.plans[0]?.max_open_jobs;
  const { enabled: previewOpen, max_size_bytes: previewBytes } = config?.preview ?? {};
  useEffect(() => {
    let given = true;
    const say = async () => {
      await startQueue();
      if (given && id !== undefined) {
        runner.setWho({ kind: "member", id, jobsAtOnce: jobsAtOnce ?? 1 });
      } else if (given && me === null && previewOpen !== undefined && previewBytes !== undefined) {
        runner.setWho({ kind: "visitor", previewOpen, previewBytes });
      }
    };
    void say();
    return () => {
      given = false;
    };
    // Said again with every answer: the runner may have been told to wait for one.
  }, [id, me, seenAt, jobsAtOnce, previewOpen, previewBytes]);
}

/** Credits and history are asked for anew when the queue has changed them. */
function useFreshNumbers(): void {
  const queries = useQueryClient();
  useEffect(() => {
    onServiceChanged(() => {
      for (const key of ["usage", "jobs", "ledger"]) {
        void queries.invalidateQueries({ queryKey: [key] });
      }
    });
  }, [queries]);
}

/** What was held up for want of credits goes on when there are some: bought, or come with the month. */
function useEnoughCredits(): void {
  const { data: me } = useMe();
  const { data: usage, dataUpdatedAt } = useUsage(Boolean(me));
  const left = usage?.images.available ?? 0;
  useEffect(() => {
    // What costs one credit cannot be had for a quarter.
    if (left >= 1 && queue.getState().hold?.why === "quota") {
      runner.resume();
    }
  }, [left, dataUpdatedAt]);
}

/** One after the other: two that ask at the same time would both get the files. */
let taking: Promise<void> = Promise.resolve();

/** The files that the front page has put down. */
function usePending(takeIn: (files: File[]) => Promise<void>): void {
  const { isPending } = useConfig();
  useEffect(() => {
    if (isPending) {
      // The plan's limits come with it.
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
    // Where storage is switched off, nothing was put down either.
    taking = take().catch(() => undefined);
  }, [takeIn, isPending]);
}

/** Opens the job that `?job=` names. Its name is returned as long as nobody is signed in who could see it. */
function useJobOfAddress(): string | null {
  const { t } = useTranslation("editor");
  const { data: me } = useMe();
  const [query, setQuery] = useSearchParams();
  const job = query.get("job");
  const owner = me?.id;
  useEffect(() => {
    if (!job || owner === undefined) {
      return;
    }
    const open = async () => {
      await startQueue();
      const known = queue.getState().entries.find((entry) => entry.jobId === job);
      if (known) {
        queue.select(known.id);
      } else {
        queue.add([entryOfJob(job, t("page.fromHistory"), owner)], "select");
        runner.pump();
      }
    };
    void open();
    setQuery({}, { replace: true });
  }, [job, owner, setQuery, t]);
  return me === null ? job : null;
}
