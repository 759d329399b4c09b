import { useTranslation } from "react-i18next";

import { useDeleteJob } from "@/api/delete-job";
import type { Job } from "@/api/list-jobs";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

/** Asks for confirmation before a job and its files are deleted. */
export function DeleteDialog({ job, onClose }: { job: Job | null; onClose: () => void }) {
  const { t } = useTranslation("history");
  return (
    <Dialog open={job !== null} onClose={onClose} title={t("delete.title")}>
      {job && <Question job={job} onClose={onClose} />}
    </Dialog>
  );
}

function Question({ job, onClose }: { job: Job; onClose: () => void }) {
  const { t } = useTranslation(["history", "common"]);
  const remove = useDeleteJob();
  return (
    <>
      <p className="text-sm break-words">
        {t("delete.text", { name: job.name })} {job.state === "completed" && t("delete.credit")}
      </p>
      <ProblemNotice error={remove.error} />
      <div className="flex flex-wrap justify-end gap-3">
        <Button look="secondary" onClick={onClose}>
          {t("common:action.cancel")}
        </Button>
        <Button
          look="danger"
          busy={remove.isPending}
          onClick={() => remove.mutate(job.id, { onSuccess: onClose })}
        >
          {t("common:action.delete")}
        </Button>
      </div>
    </>
  );
}
