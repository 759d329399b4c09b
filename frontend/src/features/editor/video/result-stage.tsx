import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { VideoJob } from "@/api/video-types";
import { Notice } from "@/components/ui/notice";
import { classNames } from "@/lib/class-names";

import { formats } from "./choice";
import type { VideoClip } from "./clip";
import { PlayerControls } from "./player-controls";
import { usePlayer } from "./use-player";

/** The preview background of a transparent result. */
export type Backdrop = "checkerboard" | "black" | "white" | "color";

type Props = {
  clip: VideoClip;
  job: VideoJob;
  view: "after" | "before";
  original: string | null;
  backdrop: Backdrop;
  color: string;
  /** A link does not work: it may have expired. */
  onBroken: () => void;
};

/** The result if the browser can play or show it, else its first frame; or the original instead. */
export function ResultStage({ clip, job, view, original, backdrop, color, onBroken }: Props) {
  const { t } = useTranslation("video");
  const { name, asked } = clip;
  const result = job.result;
  const [frame, setFrame] = useState<HTMLDivElement | null>(null);
  const shownAs = formats[asked?.format ?? "webm"].shownAs;
  const { link, renew, works, broken } = useStableLink(result?.view_url ?? null, onBroken);
  const after = usePlayer();
  const before = usePlayer();
  const fromMs = job.video?.from_ms ?? 0;
  const untilMs = job.video?.until_ms ?? Number.POSITIVE_INFINITY;
  useSharedPosition({ view, after, before, fromMs });
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { attach, muted, events } = after;
  const { attach: attachBefore, muted: mutedBefore, events: eventsBefore, seek, place, play } = before;
  const playing = view === "after" ? after : before;
  const style = backdrop === "color" ? { background: color } : undefined;
  return (
    <div className="grid gap-2">
      <div
        ref={setFrame}
        data-testid="result-stage"
        data-backdrop={backdrop}
        className={classNames(
          "border-line relative grid aspect-video max-h-[65dvh] min-h-48 w-full place-items-center overflow-hidden rounded-xl border",
          backdrop === "checkerboard" && "checkerboard",
          backdrop === "black" && "bg-black",
          backdrop === "white" && "bg-white",
        )}
        style={style}
      >
        {shownAs === "video" && link && (
          // There are no captions for uploaded videos.
          // oxlint-disable-next-line jsx-a11y/media-has-caption
          <video
            ref={attach}
            src={link}
            poster={result?.preview_url ?? undefined}
            crossOrigin="anonymous"
            muted={muted || view === "before"}
            loop
            playsInline
            autoPlay={!reducedMotion}
            preload="auto"
            aria-label={t("result.label", { name })}
            data-testid="result-video"
            onError={renew}
            onLoadedData={works}
            {...events}
            className={classNames(
              "absolute inset-0 size-full object-contain",
              view === "before" && "invisible",
            )}
          />
        )}
        {shownAs === "picture" && link && (
          <img
            src={link}
            alt={t("result.label", { name })}
            data-testid="result-picture"
            onError={renew}
            onLoad={works}
            className={classNames(
              "absolute inset-0 size-full object-contain",
              view === "before" && "invisible",
            )}
          />
        )}
        {shownAs === "poster" && result?.preview_url && (
          <img
            src={result.preview_url}
            alt={t("result.poster")}
            className="absolute inset-0 size-full object-contain"
          />
        )}
        {shownAs !== "poster" && original && view === "before" && (
          // oxlint-disable-next-line jsx-a11y/media-has-caption
          <video
            ref={attachBefore}
            src={original}
            muted={mutedBefore}
            playsInline
            autoPlay={!reducedMotion}
            preload="auto"
            aria-label={t("player.label", { name })}
            {...eventsBefore}
            onTimeUpdate={() => {
              eventsBefore.onTimeUpdate();
              if (place() >= untilMs) {
                seek(fromMs);
              }
            }}
            onEnded={() => {
              seek(fromMs);
              play();
            }}
            className="absolute inset-0 size-full bg-black object-contain"
          />
        )}
      </div>
      {shownAs === "video" && link && (
        <PlayerControls
          player={playing}
          sound={asked?.sound ?? false}
          onFullscreen={() => void frame?.requestFullscreen().catch(() => undefined)}
        />
      )}
      {broken && <Notice tone="warning">{t("result.unplayable")}</Notice>}
      {shownAs === "poster" && <p className="text-muted text-sm">{t("result.posterText")}</p>}
    </div>
  );
}

/**
 * Keeps a link while it works, because a player starts again with a new one. A failed link is replaced by the next; if
 * that fails too, the browser cannot show the file.
 */
function useStableLink(fresh: string | null, onBroken: () => void) {
  const [link, setLink] = useState(fresh);
  const [failures, setFailures] = useState(0);
  useEffect(() => {
    setLink((now) => (now === null || failures > 0 ? fresh : now));
  }, [fresh, failures]);
  const renew = () => {
    setFailures(failures + 1);
    if (failures === 0) {
      onBroken();
    }
  };
  return { link, renew, works: () => setFailures(0), broken: failures > 1 };
}

type SharedPosition = {
  view: "after" | "before";
  after: ReturnType<typeof usePlayer>;
  before: ReturnType<typeof usePlayer>;
  fromMs: number;
};

/** Switching between the two keeps the position. */
function useSharedPosition({ view, after, before, fromMs }: SharedPosition): void {
  const { place, playing } = after;
  const { seek, play } = before;
  const shown = useRef(view);
  useEffect(() => {
    if (view === "before" && shown.current !== view) {
      seek(place() + fromMs);
      if (playing) {
        play();
      }
    }
    shown.current = view;
  }, [view, place, playing, seek, play, fromMs]);
}
