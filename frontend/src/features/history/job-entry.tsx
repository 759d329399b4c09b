import type { Job } from "@/api/list-jobs";
import { classNames } from "@/lib/class-names";

import { JobButtons } from "./job-buttons";
import { JobFacts } from "./job-facts";
import { StateBadge } from "./state-badge";
import { Thumbnail } from "./thumbnail";
import type { View } from "./use-view";

type Props = { job: Job; view: View; onDelete: () => void };

/** One job, as a card of the grid or a row of the list. */
export function JobEntry({ job, view, onDelete }: Props) {
  const list = view === "list";
  return (
    <article
      aria-labelledby={`job-${job.id}`}
      data-testid="job"
      className={classNames(
        "border-line bg-surface rounded-2xl border",
        list ? "flex flex-wrap gap-4 p-4 sm:flex-nowrap" : "flex h-full flex-col overflow-hidden",
      )}
    >
      <Thumbnail
        job={job}
        className={list ? "size-20 shrink-0 rounded-xl sm:size-24" : "aspect-4/3 w-full shrink-0"}
      />
      <div
        className={classNames(
          "grid min-w-0 flex-1 grid-cols-1 content-start gap-2",
          list ? "basis-40" : "grid-rows-[auto_1fr_auto] p-4",
        )}
      >
        <div className={classNames("flex items-start gap-3", !list && "justify-between")}>
          <h2
            id={`job-${job.id}`}
            tabIndex={-1}
            title={job.name}
            className={classNames("min-w-0 font-medium", list ? "break-words" : "truncate")}
          >
            {job.name}
          </h2>
          <StateBadge job={job} />
        </div>
        <JobFacts job={job} />
        {!list && <JobButtons job={job} onDelete={onDelete} />}
      </div>
      {list && (
        <div className="w-full content-center sm:w-auto">
          <JobButtons job={job} onDelete={onDelete} />
        </div>
      )}
    </article>
  );
}
