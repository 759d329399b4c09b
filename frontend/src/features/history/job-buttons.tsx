import { Download, Pencil, Play, RotateCcw, Trash2, X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useCancelJob } from "@/api/cancel-job";
import { useConfig } from "@/api/get-config";
import type { Job } from "@/api/list-jobs";
import { useRetryJob } from "@/api/retry-job";
import { ProblemNotice } from "@/components/problem-notice";
import { Button, ButtonLink } from "@/components/ui/button";
import { paths } from "@/lib/paths";

import { actionsOf } from "./job-words";

/** The default retention of uploads. */
const UPLOAD_DAYS = 7;

/** The actions of a job. Each button names its job. */
export function JobButtons({ job, onDelete }: { job: Job; onDelete: () => void }) {
  const { t } = useTranslation(["history", "common"]);
  const cancel = useCancelJob();
  const retry = useRetryJob();
  const uploadDays = useConfig().data?.retention.upload_days ?? UPLOAD_DAYS;
  const can = actionsOf(job, uploadDays);
  const of = (action: string) => `${action}: ${job.name}`;
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        {can.download && (
          <a
            href={can.download}
            download
            aria-label={of(t("common:action.download"))}
            className="bg-accent text-on-accent hover:bg-accent-strong inline-flex min-h-11 items-center gap-2 rounded-lg px-3 text-sm font-medium transition-colors"
          >
            <Download aria-hidden className="size-4" />
            {t("common:action.download")}
          </a>
        )}
        {can.edit && (
          <ButtonLink
            look="secondary"
            className="px-3"
            to={`${paths.editor}?job=${encodeURIComponent(job.id)}`}
            title={t("actions.editor")}
            aria-label={of(t("actions.edit"))}
          >
            <Pencil aria-hidden className="size-4" />
            {t("actions.edit")}
          </ButtonLink>
        )}
        {can.open && (
          <ButtonLink
            look="secondary"
            className="px-3"
            to={`${paths.editor}?video=${encodeURIComponent(job.id)}`}
            title={t("actions.editor")}
            aria-label={of(t("actions.open"))}
          >
            <Play aria-hidden className="size-4" />
            {t("actions.open")}
          </ButtonLink>
        )}
        {can.retry && (
          <Button
            look="secondary"
            className="px-3"
            busy={retry.isPending}
            aria-label={of(t("common:action.retry"))}
            onClick={() => retry.mutate(job.id)}
          >
            <RotateCcw aria-hidden className="size-4" />
            {t("common:action.retry")}
          </Button>
        )}
        {can.cancel && (
          <Button
            look="secondary"
            className="px-3"
            busy={cancel.isPending}
            aria-label={of(t("common:action.cancel"))}
            onClick={() => cancel.mutate(job.id)}
          >
            <X aria-hidden className="size-4" />
            {t("common:action.cancel")}
          </Button>
        )}
        {can.remove && (
          <Button
            look="quiet"
            size="icon"
            className="text-muted hover:text-danger ml-auto"
            title={t("common:action.delete")}
            aria-label={of(t("common:action.delete"))}
            onClick={onDelete}
          >
            <Trash2 aria-hidden className="size-5" />
          </Button>
        )}
      </div>
      <ProblemNotice error={retry.error ?? cancel.error} />
    </div>
  );
}
