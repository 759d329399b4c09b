import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { useMe } from "@/api/get-me";
import { takeLeftBehind } from "@/lib/pending-files";

import { clipOfJob } from "./clip";
import { measure } from "./take-videos";
import { onVideosChanged, startVideos, videoRunner, videos } from "./video-queue";

/** Connects the videos with the session, the credits, and the files from other pages. */
export function useVideosOfPage(): { videoForMembers: string | null } {
  useEffect(() => {
    const begin = async () => {
      await startVideos();
      // Videos of an earlier page with an unknown length.
      for (const { id, shape, file } of videos.getState().clips) {
        if (shape === undefined && file) {
          void measure(id, file);
        }
      }
      const leftBehind = await takeLeftBehind().catch(() => []);
      if (leftBehind.length > 0) {
        videos.setState({ leftBehind });
      }
    };
    void begin();
  }, []);
  useWho();
  useFreshNumbers();
  return { videoForMembers: useVideoOfAddress() };
}

/** Sets the account of the runner. */
function useWho(): void {
  const { data: me, dataUpdatedAt: seenAt } = useMe();
  const id = me?.id;
  useEffect(() => {
    let given = true;
    const say = async () => {
      await startVideos();
      if (given && id !== undefined) {
        videoRunner.setOwner(id);
      } else if (given && me === null) {
        videoRunner.setOwner(null);
      }
    };
    void say();
    return () => {
      given = false;
    };
    // Repeated with every response: the runner may have no account.
  }, [id, me, seenAt]);
}

/** Refetches credits and history after a video has changed them. */
function useFreshNumbers(): void {
  const queries = useQueryClient();
  useEffect(() => {
    onVideosChanged(() => {
      for (const key of ["usage", "jobs", "ledger"]) {
        void queries.invalidateQueries({ queryKey: [key] });
      }
    });
  }, [queries]);
}

/** Opens the video in `?video=`. Returns its id while no user is signed in. */
function useVideoOfAddress(): string | null {
  const { t } = useTranslation("editor");
  const { data: me } = useMe();
  const [query, setQuery] = useSearchParams();
  const job = query.get("video");
  const owner = me?.id;
  useEffect(() => {
    if (!job || owner === undefined) {
      return;
    }
    const open = async () => {
      await startVideos();
      const known = videos.getState().clips.some((clip) => clip.jobId === job);
      if (!known) {
        videos.add([clipOfJob(job, t("page.fromHistory"), owner)]);
        videoRunner.pump();
      }
    };
    void open();
    setQuery({}, { replace: true });
  }, [job, owner, setQuery, t]);
  return me === null ? job : null;
}
