import { useTranslation } from "react-i18next";

import { isOpen, type Job } from "@/api/list-jobs";
import { Progress } from "@/components/ui/progress";
import { formatBytes, formatDate, formatDateTime } from "@/lib/format";

import { keptOf } from "./job-words";

/** What is to be said of a job: when, how large, how far, why not, until when. */
export function JobFacts({ job }: { job: Job }) {
  const { t, i18n } = useTranslation("history");
  const kept = keptOf(job);
  return (
    <div className="text-muted grid content-start gap-1 text-sm">
      <p>
        <time dateTime={job.created_at} className="whitespace-nowrap">
          {formatDateTime(job.created_at, i18n.language)}
        </time>
      </p>
      {job.result && (
        <p className="whitespace-nowrap">
          {t("size", { width: job.result.width, height: job.result.height })}
          {" · "}
          {formatBytes(job.result.size_bytes, i18n.language)}
        </p>
      )}
      {isOpen(job) && (
        <Progress
          value={job.state === "processing" ? job.progress : null}
          label={t("progress", { name: job.name })}
          className="my-1"
        />
      )}
      {job.failure && <p className="text-text">{job.failure.message}</p>}
      {(job.state === "failed" || job.state === "cancelled" || job.state === "expired") && (
        <p>{t(`returned.${job.state}`)}</p>
      )}
      {kept && (
        <p>
          {t(`file.${kept}`, { date: formatDate(job.result?.deleted_at ?? job.updated_at, i18n.language) })}
        </p>
      )}
    </div>
  );
}
