import { useTranslation } from "react-i18next";

import type { Job } from "@/api/list-jobs";
import { classNames } from "@/lib/class-names";

import { toneOf, type Tone } from "./job-words";

const LOOKS: Record<Tone, string> = {
  neutral: "bg-raised text-text",
  busy: "bg-accent-soft text-text",
  good: "bg-success-soft text-success",
  bad: "bg-danger-soft text-danger",
};

/** The state of a job, as a word. */
export function StateBadge({ job }: { job: Job }) {
  const { t } = useTranslation("history");
  return (
    <span
      data-testid="job-state"
      data-state={job.state}
      className={classNames(
        "rounded-full px-2.5 py-0.5 text-xs font-medium whitespace-nowrap",
        LOOKS[toneOf(job)],
      )}
    >
      {t(`states.${job.state}`)}
    </span>
  );
}
