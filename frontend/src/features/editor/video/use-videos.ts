import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { useTranslation } from "react-i18next";

import { useMe } from "@/api/get-me";
import { takeOversizedFiles } from "@/lib/pending-files";

import { useJobInUrl } from "../use-job-in-url";
import { clipOfJob } from "./clip";
import { measure } from "./take-videos";
import { onVideosChanged, startVideos, videoRunner, videos } from "./video-queue";

/** Connects the videos with the session, the credits, and the files from other pages. */
export function useVideoEditor(): { videoForMembers: string | null } {
  useEffect(() => {
    const begin = async () => {
      await startVideos();
      // Videos of an earlier page with an unknown length.
      for (const { id, shape, file } of videos.getState().clips) {
        if (shape === undefined && file) {
          void measure(id, file);
        }
      }
      const oversizedFiles = await takeOversizedFiles().catch(() => []);
      if (oversizedFiles.length > 0) {
        videos.setState({ oversizedFiles });
      }
    };
    void begin();
  }, []);
  useRunnerOwner();
  useRefetchOnChange();
  return { videoForMembers: useVideoForMembers() };
}

/** Sets the account of the runner. */
function useRunnerOwner(): void {
  const { data: me, dataUpdatedAt: seenAt } = useMe();
  const id = me?.id;
  useEffect(() => {
    let mounted = true;
    const setOwner = async () => {
      await startVideos();
      if (mounted && id !== undefined) {
        videoRunner.setOwner(id);
      } else if (mounted && me === null) {
        videoRunner.setOwner(null);
      }
    };
    void setOwner();
    return () => {
      mounted = false;
    };
    // Repeated with every response: the runner may have no account.
  }, [id, me, seenAt]);
}

/** Refetches credits and history after a video has changed them. */
function useRefetchOnChange(): void {
  const queries = useQueryClient();
  useEffect(() => {
    onVideosChanged(() => {
      for (const key of ["usage", "jobs", "ledger"]) {
        void queries.invalidateQueries({ queryKey: [key] });
      }
    });
  }, [queries]);
}

/** Opens the video in `?video=`. Returns its ID while no user is signed in. */
function useVideoForMembers(): string | null {
  const { t } = useTranslation("editor");
  const open = useCallback(
    async (job: string, owner: string) => {
      await startVideos();
      const known = videos.getState().clips.some((clip) => clip.jobId === job);
      if (!known) {
        videos.add([clipOfJob(job, t("page.fromHistory"), owner)]);
        videoRunner.pump();
      }
    },
    [t],
  );
  return useJobInUrl("video", open);
}
