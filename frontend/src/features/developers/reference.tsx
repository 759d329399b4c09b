import { useTranslation } from "react-i18next";

import { useDescription } from "@/api/get-description";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";

import { describe } from "./describe";
import { OperationEntry } from "./operation-entry";

/** Every operation, from the service's own description. */
export function Reference() {
  const { t } = useTranslation(["developers", "common"]);
  const description = useDescription();
  if (description.isPending) {
    return <div aria-hidden className="bg-raised h-128 animate-pulse rounded-xl" />;
  }
  if (description.isError) {
    return (
      <ProblemNotice
        error={description.error}
        action={
          <Button look="secondary" size="small" onClick={() => void description.refetch()}>
            {t("common:action.retry")}
          </Button>
        }
      />
    );
  }
  return describe(description.data).map(({ tag, about, operations }) => (
    <div key={tag} className="grid gap-3">
      <div>
        <h3 className="text-lg font-semibold capitalize" lang="en">
          {tag}
        </h3>
        <p className="text-muted text-sm" lang="en">
          {about}
        </p>
      </div>
      {operations.map((operation) => (
        <OperationEntry key={operation.id} operation={operation} />
      ))}
    </div>
  ));
}
