import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";

import { useMe } from "@/api/get-me";
import { Notice } from "@/components/ui/notice";

import { ClipCard } from "./clip-card";
import type { VideoClip } from "./clip";
import { videos } from "./video-queue";
import { percentOf, stateOf } from "./words";

/** The current state of the videos. */
export const useVideos = () => useStore(videos);

/** All videos of the editor, the latest first. */
export function VideoSection() {
  const { t, i18n } = useTranslation("video");
  const { clips, oversizedFiles } = useVideos();
  const { data: me } = useMe();
  const names = new Intl.ListFormat(i18n.language).format(
    oversizedFiles.map(({ name }) => t("leftBehind.name", { name })),
  );
  const count = oversizedFiles.length;
  return (
    <section aria-label={t("label")} className="grid grid-cols-[minmax(0,1fr)] gap-4 empty:hidden">
      {count > 0 && (
        <Notice tone="warning" title={t("leftBehind.title", { count })}>
          {t("leftBehind.text", { names, count })}
        </Notice>
      )}
      {clips.map((clip) => (
        <ClipCard key={clip.id} clip={clip} signedIn={Boolean(me)} />
      ))}
    </section>
  );
}

/** Announces the progress of the videos to screen readers: states, and every quarter. */
export function VideoAnnouncer() {
  const { t } = useTranslation("video");
  const [words, setWords] = useState("");
  useEffect(
    () =>
      videos.subscribe(({ clips }, before) => {
        if (clips === before.clips) {
          return;
        }
        const earlier = new Map(before.clips.map((clip) => [clip.id, clip]));
        const added = clips.filter(({ id }) => !earlier.has(id)).length;
        const news = clips.flatMap((clip) => {
          const was = earlier.get(clip.id);
          const state = stateOf(clip);
          if (!was || state === "choosing") {
            return [];
          }
          if (stateOf(was) !== state) {
            return [t("announce.state", { name: clip.name, state: t(`state.${state}`) })];
          }
          const percent = quarterOf(clip);
          return percent > quarterOf(was) ? [t("announce.percent", { name: clip.name, percent })] : [];
        });
        if (added > 0) {
          news.unshift(t("announce.added", { count: added }));
        }
        if (news.length > 0) {
          setWords(news.join(" "));
        }
      }),
    [t],
  );
  return (
    <div role="status" className="sr-only" data-testid="video-announcer">
      {words}
    </div>
  );
}

function quarterOf(clip: VideoClip): number {
  return Math.floor((percentOf(clip) ?? 0) / 25) * 25;
}
