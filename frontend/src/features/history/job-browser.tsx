import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { useJobs, type Job, type KindFilter } from "@/api/list-jobs";
import { ProblemNotice } from "@/components/problem-notice";
import { Button, ButtonLink } from "@/components/ui/button";
import { classNames } from "@/lib/class-names";
import { paths } from "@/lib/paths";

import { DeleteDialog } from "./delete-dialog";
import { JobEntry } from "./job-entry";
import { filters, kinds, Toolbar, type Filter } from "./toolbar";
import { useView } from "./use-view";

const GRID = "grid grid-cols-1 gap-4 sm:grid-cols-2 lg:grid-cols-3";

/** The jobs of the signed-in user, with filter, layout and more on demand. */
export function JobBrowser() {
  const { t } = useTranslation(["history", "common"]);
  const [query, setQuery] = useSearchParams();
  const filter = filters.find((one) => one === query.get("state")) ?? "all";
  const kind = kinds.find((one) => one === query.get("kind")) ?? "all";
  const show = (state: Filter, of: KindFilter) =>
    setQuery(
      { ...(state !== "all" && { state }), ...(of !== "all" && { kind: of }) },
      { replace: true, preventScrollReset: true },
    );
  const filtered = filter !== "all" || kind !== "all";
  const [view, setView] = useView();
  const list = useJobs(filter, kind);
  const [toDelete, setToDelete] = useState<Job | null>(null);
  const entries = useRef<HTMLUListElement>(null);
  const jobs = list.data?.pages.flatMap((page) => page.jobs) ?? [];
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isError } = list;

  // A page of a rare state may be empty although there is a next one.
  const looksFurther = list.isSuccess && jobs.length === 0 && hasNextPage;
  useEffect(() => {
    if (looksFurther && !isFetchingNextPage && !isError) {
      void fetchNextPage();
    }
  }, [looksFurther, isFetchingNextPage, isError, fetchNextPage]);

  const more = async () => {
    const first = jobs.length;
    await fetchNextPage();
    // Keyboard users continue with the new entries, which exist only after the next paint.
    requestAnimationFrame(() =>
      entries.current?.children[first]?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true }),
    );
  };

  const layout = view === "grid" ? GRID : "grid grid-cols-1 gap-3";
  return (
    <>
      <Toolbar
        filter={filter}
        onFilter={(wanted) => show(wanted, kind)}
        kind={kind}
        onKind={(wanted) => show(filter, wanted)}
        view={view}
        onView={setView}
      />
      <p role="status" className="sr-only">
        {list.isSuccess && t("shown", { count: jobs.length })}
      </p>
      <ProblemNotice
        error={list.error}
        action={
          <Button look="secondary" size="small" onClick={() => void list.refetch()}>
            {t("common:action.retry")}
          </Button>
        }
      />
      {(list.isPending || looksFurther) && !isError && (
        <div aria-hidden className={layout}>
          {Array.from({ length: 6 }, (_, index) => (
            <div
              key={index}
              className={classNames(
                "bg-raised animate-pulse rounded-2xl",
                view === "grid" ? "h-104" : "h-32",
              )}
            />
          ))}
        </div>
      )}
      {list.isSuccess && jobs.length === 0 && !hasNextPage && (
        <div className="border-line grid justify-items-center gap-4 rounded-2xl border border-dashed px-6 py-16 text-center">
          <span aria-hidden className="checkerboard size-20 rounded-2xl" />
          <p className="text-muted max-w-prose">{t(filtered ? "empty.filtered" : "empty.all")}</p>
          {filtered ? (
            <Button look="secondary" onClick={() => show("all", "all")}>
              {t("empty.showAll")}
            </Button>
          ) : (
            <ButtonLink to={paths.editor}>{t("new")}</ButtonLink>
          )}
        </div>
      )}
      <ul ref={entries} className={classNames(layout, "empty:hidden")}>
        {jobs.map((job) => (
          <li key={job.id}>
            <JobEntry job={job} view={view} onDelete={() => setToDelete(job)} />
          </li>
        ))}
      </ul>
      {hasNextPage && jobs.length > 0 && (
        <Button
          look="secondary"
          className="justify-self-center"
          busy={isFetchingNextPage}
          onClick={() => void more()}
        >
          {t("more")}
        </Button>
      )}
      <DeleteDialog job={toDelete} onClose={() => setToDelete(null)} />
    </>
  );
}
