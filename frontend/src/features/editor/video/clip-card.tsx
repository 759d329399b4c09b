import { Film, RotateCcw, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { formatBytes } from "@/lib/format";

import type { Failure } from "../model";
import { useFailureText } from "../workspace/use-failure-text";
import { Chooser } from "./chooser";
import { isUnderWay, type VideoClip } from "./clip";
import { ProgressPanel } from "./progress-panel";
import { Result } from "./result";
import { measure } from "./take-videos";
import { clockOf } from "./trim";
import { videoRunner } from "./video-queue";
import { stateOf } from "./words";

type Props = { clip: VideoClip; signedIn: boolean };

/** The age up to which a card counts as just added. */
const YOUNG_MS = 2_000;

/** One video, from the choice to the result. */
export function ClipCard({ clip, signedIn }: Props) {
  const { t, i18n } = useTranslation("video");
  const { id, name, bytes, shape, job, phase, sourceJob, addedAt } = clip;
  const [asking, setAsking] = useState(false);
  const card = useRef<HTMLElement>(null);
  // A card for another format of the same video gets the focus.
  useEffect(() => {
    if (sourceJob !== null && Date.now() - addedAt < YOUNG_MS) {
      card.current?.scrollIntoView({ block: "start" });
      card.current?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
    }
  }, [sourceJob, addedAt]);
  const found = shape ?? (job?.video ? { ...job.video, durationMs: job.video.duration_ms } : null);
  const leave = () => (isUnderWay(clip) ? setAsking(true) : videoRunner.remove(id));
  return (
    <article
      ref={card}
      aria-labelledby={`clip-${id}`}
      data-testid="video"
      data-state={stateOf(clip)}
      className="bg-surface border-line grid scroll-mt-20 grid-cols-[minmax(0,1fr)] gap-5 rounded-2xl border p-4 sm:p-6"
    >
      <header className="flex items-start gap-3">
        <span className="bg-accent-soft text-accent grid size-11 shrink-0 place-items-center rounded-xl">
          <Film aria-hidden className="size-5" />
        </span>
        <div className="grid min-w-0 flex-1">
          <h2
            id={`clip-${id}`}
            tabIndex={-1}
            title={name}
            className="truncate text-lg font-semibold outline-none"
          >
            {name}
          </h2>
          <p className="text-muted text-sm tabular-nums">
            {[
              found &&
                t("facts", { width: found.width, height: found.height, length: clockOf(found.durationMs) }),
              bytes > 0 && formatBytes(bytes, i18n.language),
            ]
              .filter(Boolean)
              .join(" · ")}
          </p>
        </div>
        <Button
          look="quiet"
          size="icon"
          aria-label={t("remove", { name })}
          title={t("remove", { name })}
          onClick={leave}
        >
          <X aria-hidden className="size-5" />
        </Button>
      </header>
      <Body clip={clip} signedIn={signedIn} />
      <Dialog open={asking} onClose={() => setAsking(false)} title={t("removeTitle")}>
        <p className="text-muted">{t("removeText")}</p>
        <div className="flex justify-end gap-2">
          <Button look="secondary" onClick={() => setAsking(false)}>
            {t("action.cancel", { ns: "common" })}
          </Button>
          <Button look="danger" onClick={() => videoRunner.remove(id)}>
            {t("removeButton")}
          </Button>
        </div>
      </Dialog>
      {phase.kind === "failed" && phase.failure.creditBack && (
        <p className="text-muted text-sm">{t("failure.creditBack")}</p>
      )}
    </article>
  );
}

function Body({ clip, signedIn }: { clip: VideoClip; signedIn: boolean }) {
  const { t } = useTranslation(["video", "common"]);
  const words = useVideoFailure();
  const { id, phase } = clip;
  switch (phase.kind) {
    case "choosing": {
      const refused = phase.refused && words(phase.refused);
      return (
        <Chooser
          clip={clip}
          signedIn={signedIn}
          refusal={refused && [refused.title, refused.detail].filter(Boolean).join(" ")}
        />
      );
    }
    case "announcing":
    case "uploading":
    case "paused":
    case "following":
      return <ProgressPanel clip={clip} />;
    case "fileWanted":
      return <FileWanted clip={clip} wrong={phase.wrong} />;
    case "ready":
      return <Result clip={clip} />;
    case "failed": {
      const { title, detail } = words(phase.failure);
      return (
        <div className="grid justify-items-start gap-3">
          <Notice tone="danger" title={title} className="w-full">
            {detail}
          </Notice>
          {phase.failure.code !== "job_gone" && (
            <Button look="secondary" onClick={() => videoRunner.retry(id)}>
              <RotateCcw aria-hidden className="size-4" />
              {t("common:action.retry")}
            </Button>
          )}
        </div>
      );
    }
    case "cancelled":
      return (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p>
            <span className="font-medium">{t("state.cancelled")}.</span>{" "}
            <span className="text-muted">{t("cancelled.text")}</span>
          </p>
          <Button look="secondary" onClick={() => videoRunner.retry(id)}>
            <RotateCcw aria-hidden className="size-4" />
            {t("cancelled.again")}
          </Button>
        </div>
      );
  }
}

/** Asks for the file of an upload that was started before the page was loaded. */
function FileWanted({ clip, wrong }: { clip: VideoClip; wrong: boolean }) {
  const { t, i18n } = useTranslation("video");
  const { id, name, bytes } = clip;
  const input = useRef<HTMLInputElement>(null);
  const size = formatBytes(bytes, i18n.language);
  const give = (file: File | undefined) => {
    if (file && videoRunner.setFile(id, file)) {
      void measure(id, file);
    }
  };
  return (
    <div className="grid justify-items-start gap-3">
      <p className="font-medium">{t("file.title")}</p>
      <p className="text-muted">{t("file.text", { name, size })}</p>
      {wrong && (
        <Notice tone="danger" className="w-full">
          {t("file.wrong", { name, size })}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button className="max-w-full whitespace-normal" onClick={() => input.current?.click()}>
          {t("file.button", { name })}
        </Button>
        {clip.jobId && (
          <Button look="quiet" onClick={() => videoRunner.cancel(id)}>
            {t("action.cancel", { ns: "common" })}
          </Button>
        )}
      </div>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t("file.button", { name })}
        data-testid="same-file-input"
        onChange={({ currentTarget }) => {
          give(currentTarget.files?.[0]);
          currentTarget.value = "";
        }}
      />
    </div>
  );
}

const OWN = ["job_expired", "job_failed", "job_gone"] as const;

/** The text of a video's failure: the service's own, or ours. */
export function useVideoFailure(): (failure: Failure) => { title: string; detail: string } {
  const { t } = useTranslation("video");
  const words = useFailureText();
  return (failure) => {
    const own = OWN.find((code) => code === failure.code);
    if (own && !failure.detail) {
      return { title: t("failure.title"), detail: t(`failure.${own}`) };
    }
    const { title, detail } = words(failure);
    return {
      title: failure.title || failure.creditBack ? failure.title || t("failure.title") : title,
      detail,
    };
  };
}
