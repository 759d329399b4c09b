import { CirclePause, CirclePlay, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import { formatBytes } from "@/lib/format";

import type { VideoClip } from "./clip";
import { videoRunner } from "./video-queue";
import { percentOf, stateOf, timeLeft, uploadLeft, type TimeLeft } from "./words";

/** The progress of a video, as text and a bar, with its actions. */
export function ProgressPanel({ clip }: { clip: VideoClip }) {
  const { t } = useTranslation(["video", "common"]);
  const { id, name, phase } = clip;
  const online = useSyncExternalStore(watchConnection, () => navigator.onLine);
  const word = stateOf(clip);
  const percent = percentOf(clip);
  const facts = useFacts(clip);
  const hint = online || phase.kind !== "uploading" ? word : "offline";
  return (
    <div className="grid gap-4">
      <div className="grid gap-2">
        <p className="flex justify-between gap-4 text-lg font-medium">
          {t(`state.${word}`)}
          {percent !== null && (
            <span className="tabular-nums">{t("work.percent", { percent: Math.floor(percent) })}</span>
          )}
        </p>
        <Progress value={percent} label={t("work.progress", { name })} />
        <p data-testid="video-facts" className="text-muted min-h-5 text-sm tabular-nums">
          {facts.join(" · ")}
        </p>
      </div>
      {isHint(hint) && <p className="text-muted text-sm text-pretty">{t(`hint.${hint}`)}</p>}
      <div className="flex flex-wrap gap-2">
        {phase.kind === "uploading" && (
          <Button look="secondary" onClick={() => videoRunner.pause(id)}>
            <CirclePause aria-hidden className="size-4" />
            {t("work.pause")}
          </Button>
        )}
        {phase.kind === "paused" && (
          <Button onClick={() => videoRunner.resume(id)}>
            <CirclePlay aria-hidden className="size-4" />
            {t("work.resume")}
          </Button>
        )}
        <Button look="quiet" onClick={() => videoRunner.cancel(id)}>
          <X aria-hidden className="size-4" />
          {t("common:action.cancel")}
        </Button>
      </div>
    </div>
  );
}

/** The known facts about the progress: bytes or frames, rate, remaining time. */
function useFacts(clip: VideoClip): string[] {
  const { t, i18n } = useTranslation("video");
  const { phase, bytes } = clip;
  const size = (amount: number) => formatBytes(amount, i18n.language);
  const left = (time: TimeLeft | null) => (time ? [t(`work.${time.unit}Left`, { count: time.count })] : []);
  if (phase.kind === "uploading" || phase.kind === "paused") {
    const speed = phase.kind === "uploading" ? phase.perSecond : null;
    return [
      t("work.bytes", { sent: size(phase.sent), all: size(bytes) }),
      ...(speed ? [t("work.speed", { speed: size(speed) })] : []),
      ...left(uploadLeft(clip)),
    ];
  }
  if (phase.kind === "following" && phase.work) {
    const { frames_done, frames_total, frames_per_second: rate, remaining_s: seconds } = phase.work;
    const write = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
    return [
      t("work.frames", { done: write.format(frames_done), count: frames_total }),
      ...(rate > 0 ? [t("work.rate", { count: rate, rate: write.format(rate) })] : []),
      ...left(typeof seconds === "number" && seconds > 0 ? timeLeft(seconds) : null),
    ];
  }
  return [];
}

const HINTS = [
  "announcing",
  "busy",
  "uploading",
  "offline",
  "paused",
  "checking",
  "waiting",
  "working",
] as const;

function isHint(word: string): word is (typeof HINTS)[number] {
  return HINTS.some((one) => one === word);
}

function watchConnection(changed: () => void) {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}
