import { Film } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useConfig } from "@/api/get-config";
import { Notice } from "@/components/ui/notice";

import { usePlan } from "../intake/use-intake";
import { SwitchRow } from "../workbench/panels/switch-row";
import { useObjectUrl } from "../workspace/use-object-url";
import { BackgroundChoice } from "./background-choice";
import { expectedBytes, formats, withFormat, type Choice } from "./choice";
import type { VideoClip } from "./clip";
import { FormatChoice } from "./format-choice";
import { PartFields } from "./part-fields";
import { PlayerControls } from "./player-controls";
import { StartButtons } from "./start-buttons";
import { clockOf, firstPart, isTooLong, type Part } from "./trim";
import { Trimmer } from "./trimmer";
import { usePlayer } from "./use-player";
import { videos } from "./video-queue";

type Props = { clip: VideoClip; signedIn: boolean; refusal: string | null };

/** A video before the upload: the choice of the part and of the format. */
export function Chooser({ clip, signedIn, refusal }: Props) {
  const { t } = useTranslation("video");
  const { id, choice, job, sourceJob } = clip;
  const plan = usePlan();
  const { data: config } = useConfig();
  // A plan without videos has no limit of their length.
  const limitMs = plan?.max_video_seconds ? plan.max_video_seconds * 1000 : Number.POSITIVE_INFINITY;
  const shape = clip.shape ?? (sourceJob && job?.video ? shapeOf(job.video) : clip.shape);
  const bounds = shape ? { durationMs: shape.durationMs, limitMs } : null;
  const part = bounds ? (clip.part ?? firstPart(bounds)) : clip.part;
  const setPart = (next: Part | null) => videos.patch(id, { part: next });
  const setChoice = (next: Choice) => videos.patch(id, { choice: next });
  // The choice may have changed while the picture was being prepared.
  const setPicture = (picture: Blob) => setChoice({ ...(videos.clip(id)?.choice ?? choice), picture });
  // The request matches the display: a video that is too long starts with the allowed length.
  const cut = bounds !== null && clip.part === null && isTooLong(bounds);
  useEffect(() => {
    if (cut && bounds) {
      videos.patch(id, { part: firstPart(bounds) });
    }
  });
  const sound = formats[choice.format].sound;
  const lengthMs = part ? part.untilMs - part.fromMs : 0;
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,1.1fr)_minmax(0,1fr)] lg:gap-8">
      <div className="grid content-start gap-4">
        <Preview
          clip={clip}
          part={part}
          onPart={setPart}
          bounds={bounds}
          shape={shape}
          limitS={plan?.max_video_seconds}
        />
      </div>
      <div className="grid content-start gap-6">
        <FormatChoice
          format={choice.format}
          offered={config?.video.formats}
          heavyBytes={expectedBytes(choice.format, shape ?? null, lengthMs)}
          onFormat={(format) => setChoice(withFormat(choice, format))}
        />
        {formats[choice.format].background && (
          <BackgroundChoice choice={choice} onChoice={setChoice} onPicture={setPicture} />
        )}
        <div className="grid gap-3">
          <p className="font-medium">{t("options.title")}</p>
          {sound ? (
            <SwitchRow
              label={t("options.sound.label")}
              hint={t("options.sound.hint")}
              on={choice.sound}
              onChange={(on) => setChoice({ ...choice, sound: on })}
            />
          ) : (
            <p className="text-muted text-sm">{t("options.soundNone")}</p>
          )}
          <SwitchRow
            label={t("options.steady.label")}
            hint={t("options.steady.hint")}
            on={choice.steady}
            onChange={(on) => setChoice({ ...choice, steady: on })}
          />
          <SwitchRow
            label={t("options.notify.label")}
            hint={t("options.notify.hint")}
            on={choice.notify}
            onChange={(on) => setChoice({ ...choice, notify: on })}
          />
        </div>
      </div>
      <div className="lg:col-span-2">
        <StartButtons clip={clip} signedIn={signedIn} refusal={refusal} />
      </div>
    </div>
  );
}

type PreviewProps = {
  clip: VideoClip;
  part: Part | null;
  bounds: { durationMs: number; limitMs: number } | null;
  shape: VideoClip["shape"];
  limitS: number | undefined;
  onPart: (part: Part | null) => void;
};

/** The video itself, from the disk if possible, and the choice of a part. */
function Preview({ clip, part, bounds, shape, limitS, onPart }: PreviewProps) {
  const { t } = useTranslation("video");
  const { file, name, job } = clip;
  const local = useObjectUrl(file);
  const src = local ?? job?.result?.source_url ?? null;
  const [broken, setBroken] = useState(false);
  const player = usePlayer();
  const { attach, muted, events } = player;
  const plays = src !== null && !broken && shape !== null;
  return (
    <>
      <div className="bg-raised border-line grid aspect-video max-h-[60dvh] w-full place-items-center overflow-hidden rounded-xl border">
        {plays ? (
          // There are no captions for uploaded videos.
          // oxlint-disable-next-line jsx-a11y/media-has-caption
          <video
            ref={attach}
            src={src}
            muted={muted}
            playsInline
            preload="auto"
            aria-label={t("player.label", { name })}
            data-testid="source-video"
            onError={() => setBroken(true)}
            {...events}
            className="size-full bg-black object-contain"
          />
        ) : (
          <Film aria-hidden className="text-muted size-16" />
        )}
      </div>
      {plays && <PlayerControls player={player} sound />}
      {shape === undefined && <p className="text-muted text-sm">{t("player.measuring")}</p>}
      {(shape === null || broken) && <Notice>{t("player.unplayable")}</Notice>}
      <section aria-label={t("trim.title")} className="grid gap-3">
        <h3 className="font-medium">{t("trim.title")}</h3>
        {bounds && part && (
          <>
            {isTooLong(bounds) && (
              <Notice tone="warning">
                {t("trim.tooLong", { limit: limitS ?? 0, length: clockOf(bounds.durationMs) })}
              </Notice>
            )}
            <Trimmer part={part} bounds={bounds} atMs={player.at} onPart={onPart} onSeek={player.seek} />
          </>
        )}
        {shape === null && <PartFields part={clip.part} limitS={limitS} onPart={onPart} />}
      </section>
    </>
  );
}

function shapeOf({ duration_ms, width, height }: { duration_ms: number; width: number; height: number }) {
  return { durationMs: duration_ms, width, height };
}
