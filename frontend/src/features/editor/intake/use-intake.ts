import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import { fetchImage } from "@/api/fetch-image";
import { useConfig } from "@/api/get-config";
import { useUsage } from "@/api/get-usage";
import { useMe } from "@/api/get-me";
import { formatBytes } from "@/lib/format";

import { queue, runner, startQueue } from "../queue/editor-queue";
import { takeVideos } from "../video/take-videos";
import { startVideos, videos } from "../video/video-queue";
import { loadPlan, planOf } from "./plan";
import { MAX_PICTURES, MAX_VIDEOS, takeFiles } from "./take-files";

/** The plan that applies: the account's, or the free one for visitors. Undefined until it is loaded. */
export function usePlan() {
  const { data: me } = useMe();
  const { data: usage } = useUsage(Boolean(me));
  const { data: config } = useConfig();
  return planOf(config, usage);
}

/** Functions that add pictures and videos to the editor, from files or from a link. */
export function useIntake() {
  const { t, i18n } = useTranslation("editor");
  const client = useQueryClient();
  const takeIn = useCallback(
    async (files: readonly File[]) => {
      // Stored pictures come first; the queue is counted only after they are restored.
      const [plan] = await Promise.all([loadPlan(client), startQueue(), startVideos()]);
      const room = MAX_PICTURES - queue.getState().entries.length;
      const videoRoom = MAX_VIDEOS - videos.getState().clips.length;
      const { entries, clips, refused } = await takeFiles(files, { plan, room, videoRoom });
      const size = (bytes: number) => formatBytes(bytes, i18n.language);
      const limits = {
        too_many_bytes: size(plan?.max_image_bytes ?? 0),
        too_many_pixels: String(plan?.max_megapixels ?? 0),
        too_many_pictures: String(MAX_PICTURES),
        too_many_videos: String(MAX_VIDEOS),
        video_too_large: size(plan?.max_video_bytes ?? 0),
      };
      queue.refuse(
        refused.map(({ name, reason, bytes }) => ({
          name,
          text: t(`intake.refused.${reason}`, {
            actual: size(bytes),
            limit: reason in limits ? limits[reason as keyof typeof limits] : "",
          }),
        })),
      );
      takeVideos(clips);
      if (entries.length > 0) {
        // Not earlier: the account may have become known while the files were being checked.
        const owner = runner.owner();
        queue.add(
          entries.map((entry) => ({ ...entry, owner })),
          "select",
        );
        runner.pump();
      }
    },
    [client, t, i18n],
  );
  const takeLink = useCallback(
    async (url: string, signal?: AbortSignal) => {
      const picture = await fetchImage({ url }, signal);
      await takeIn([new File([picture], nameOf(url), { type: picture.type })]);
    },
    [takeIn],
  );
  return { takeIn, takeLink };
}

/** The name of a picture behind a link: the last part of its address. */
export function nameOf(url: string): string {
  const { hostname, pathname } = new URL(url);
  const last = pathname.split("/").findLast((part) => part !== "") ?? hostname;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
