import { Download, Repeat2, WandSparkles } from "lucide-react";
import { ToggleGroup } from "radix-ui";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { formatBytes } from "@/lib/format";

import { usePlan } from "../intake/use-intake";
import { useObjectUrl } from "../workspace/use-object-url";
import { Swatches } from "../workbench/panels/swatches";
import { formats } from "./choice";
import type { VideoClip } from "./clip";
import { usePrice } from "./price";
import { ResultStage, type Backdrop } from "./result-stage";
import { lacksCredit, useVideoCredits, QuotaPanel } from "./start-buttons";
import { isTooLong } from "./trim";
import { videoRunner } from "./video-queue";

/** Links expire after a quarter of an hour. */
const RENEW_MS = 8 * 60_000;

/** The result of a video: view, download, or process in another format. */
export function Result({ clip }: { clip: VideoClip }) {
  const { t, i18n } = useTranslation("video");
  const { id, name, job, file, asked } = clip;
  const [view, setView] = useState<"after" | "before">("after");
  const [backdrop, setBackdrop] = useState<Backdrop>("checkerboard");
  const [color, setColor] = useState("#22c55e");
  const local = useObjectUrl(file);
  const left = useVideoCredits(true);
  const price = usePrice(clip);
  const none = lacksCredit(left, price);
  const plan = usePlan();
  useEffect(() => {
    const timer = setInterval(() => void videoRunner.renew(id), RENEW_MS);
    return () => clearInterval(timer);
  }, [id]);
  const result = job?.result;
  if (!job || !result || !asked) {
    return null;
  }
  const { format, preview } = asked;
  const traits = formats[format];
  const original = local ?? result.source_url ?? null;
  const transparent =
    traits.alpha && asked.background === "transparent" && format !== "matte" && traits.shownAs !== "poster";
  const gone = !result.download_url;
  const limitMs = plan?.max_video_seconds ? plan.max_video_seconds * 1000 : Number.POSITIVE_INFINITY;
  // If the video is too long and no part has been chosen yet, the user chooses one first.
  const tooLong = !clip.part && job.video && isTooLong({ durationMs: job.video.duration_ms, limitMs });
  const whole = () => (tooLong ? videoRunner.processAgain(id) : videoRunner.processWhole(id));
  return (
    <div className="grid gap-5">
      {preview && <Notice title={t("result.previewTitle")}>{t("result.previewText")}</Notice>}
      {gone ? (
        <Notice tone="warning">{t("result.gone")}</Notice>
      ) : (
        <ResultStage
          key={job.id}
          clip={clip}
          job={job}
          view={original ? view : "after"}
          original={original}
          backdrop={transparent ? backdrop : "checkerboard"}
          color={color}
          onBroken={() => void videoRunner.renew(id)}
        />
      )}
      {!gone && (
        <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
          {traits.shownAs !== "poster" && (
            <ToggleGroup.Root
              type="single"
              aria-label={t("result.view")}
              value={view}
              onValueChange={(value) => value && setView(value as typeof view)}
              className="border-line bg-surface flex gap-1 rounded-xl border p-1"
            >
              {(["after", "before"] as const).map((one) => (
                <ToggleGroup.Item
                  key={one}
                  value={one}
                  disabled={one === "before" && !original}
                  className="text-muted hover:text-text aria-checked:bg-accent-soft aria-checked:text-text min-h-11 cursor-pointer rounded-lg px-3 text-sm font-medium disabled:opacity-50"
                >
                  {t(`result.${one}`)}
                </ToggleGroup.Item>
              ))}
            </ToggleGroup.Root>
          )}
          {transparent && view === "after" && (
            <div className="grid gap-1">
              <p className="text-sm">
                <span className="font-medium">{t("result.backdrop")}</span>{" "}
                <span className="text-muted">{t("result.backdropHint")}</span>
              </p>
              <div className="flex items-center gap-1">
                <div className="w-48">
                  <Swatches
                    label={t("result.backdrop")}
                    value={backdrop}
                    onValue={(value) => setBackdrop(value as Backdrop)}
                    swatches={[
                      { value: "checkerboard", label: t("result.backdrops.checkerboard"), look: CHECKS },
                      { value: "black", label: t("result.backdrops.black"), look: "#000" },
                      { value: "white", label: t("result.backdrops.white"), look: "#fff" },
                      { value: "color", label: t("result.backdrops.color"), look: color },
                    ]}
                  />
                </div>
                {backdrop === "color" && (
                  <input
                    type="color"
                    value={color}
                    aria-label={t("result.pickColor")}
                    onChange={({ currentTarget }) => setColor(currentTarget.value)}
                    className="border-line-strong bg-surface size-11 cursor-pointer rounded-lg border p-1"
                  />
                )}
              </div>
            </div>
          )}
        </div>
      )}
      {preview && none && <QuotaPanel left={left} price={price} />}
      <div className="flex flex-wrap items-center gap-3">
        {preview && !none && (
          <Button className="whitespace-normal" onClick={whole}>
            <WandSparkles aria-hidden className="size-4 shrink-0" />
            {t("result.whole", { count: price })}
          </Button>
        )}
        {result.download_url && (
          <a
            href={result.download_url}
            download
            aria-label={`${t("result.download", { format: t(`format.names.${format}`) })}: ${name}`}
            className={
              preview
                ? "border-line-strong bg-surface hover:bg-raised inline-flex min-h-11 items-center gap-2 rounded-lg border px-4 text-sm font-medium"
                : "bg-accent text-on-accent hover:bg-accent-strong inline-flex min-h-11 items-center gap-2 rounded-lg px-4 text-sm font-medium"
            }
          >
            <Download aria-hidden className="size-4" />
            {t("result.download", { format: t(`format.names.${format}`) })}
          </a>
        )}
        <Button look={preview ? "quiet" : "secondary"} onClick={() => videoRunner.processAgain(id)}>
          <Repeat2 aria-hidden className="size-4" />
          {t("result.another")}
        </Button>
        <p className="text-muted text-sm tabular-nums">
          {t("result.size", {
            width: result.width,
            height: result.height,
            size: formatBytes(result.size_bytes, i18n.language),
          })}
        </p>
      </div>
      {!preview && <p className="text-muted text-sm">{t("result.anotherHint")}</p>}
      {transparent && format === "webm" && (
        <details className="text-sm">
          <summary className="text-muted hover:text-text cursor-pointer py-3 font-medium">
            {t("result.blackTitle")}
          </summary>
          <p className="text-muted max-w-prose text-pretty">{t("result.blackText")}</p>
        </details>
      )}
    </div>
  );
}

const CHECKS = "conic-gradient(#bbb 25%, #fff 0 50%, #bbb 0 75%, #fff 0) 0 0 / 12px 12px";
