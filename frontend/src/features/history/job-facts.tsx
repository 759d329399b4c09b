import { useTranslation } from "react-i18next";

import { isOpen, type Job } from "@/api/list-jobs";
import { videoOf, type VideoJob } from "@/api/video-types";
import { Progress } from "@/components/ui/progress";
import { formatBytes, formatDate, formatDateTime } from "@/lib/format";

import { keptOf } from "./job-words";

/** The facts about a job: date, size, progress, failure, expiry. */
export function JobFacts({ job }: { job: Job }) {
  const { t, i18n } = useTranslation("history");
  const kept = keptOf(job);
  const video = videoOf(job);
  return (
    <div className="text-muted grid content-start gap-1 text-sm">
      <p>
        <time dateTime={job.created_at} className="whitespace-nowrap">
          {formatDateTime(job.created_at, i18n.language)}
        </time>
      </p>
      {video && <VideoFacts job={video} />}
      {job.result && (
        <p className="whitespace-nowrap">
          {t("size", { width: job.result.width, height: job.result.height })}
          {" · "}
          {formatBytes(job.result.size_bytes, i18n.language)}
        </p>
      )}
      {isOpen(job) && (
        <Progress
          value={job.state === "processing" ? job.progress_percent : null}
          label={t("progress", { name: job.name })}
          className="my-1"
        />
      )}
      {video?.video_progress && (
        <p className="tabular-nums">
          {t("video.frames", {
            done: video.video_progress.frames_done,
            count: video.video_progress.frames_total,
          })}
        </p>
      )}
      {job.failure && <p className="text-text">{job.failure.message}</p>}
      {(job.state === "failed" || job.state === "cancelled" || job.state === "expired") && (
        <p>{t(video?.options.preview ? "video.free" : `returned.${job.state}`)}</p>
      )}
      {kept && (
        <p>
          {t(`file.${kept}`, { date: formatDate(job.result?.expires_at ?? job.updated_at, i18n.language) })}
        </p>
      )}
    </div>
  );
}

/** The length of a video, and its requested options. */
function VideoFacts({ job: { video, options } }: { job: VideoJob }) {
  const { t, i18n } = useTranslation("history");
  const write = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  const seconds = (ms: number) => write.format(ms / 1000);
  const length = video && seconds(video.until_ms - video.from_ms);
  const whole = video && seconds(video.duration_ms);
  const words =
    video === null || video === undefined
      ? t("video.plain")
      : length === whole
        ? t("video.clip", { length })
        : t("video.part", { length, whole });
  return (
    <p>
      {[words, options.format.toUpperCase(), options.preview && t("video.preview")]
        .filter(Boolean)
        .join(" · ")}
    </p>
  );
}
