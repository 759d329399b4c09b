import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Notice } from "@/components/ui/notice";
import { useProblemText } from "@/components/use-problem-text";
import { Problem } from "@/lib/problem";

/** Shows a thrown error and its remedy. Renders nothing without an error. */
export function ProblemNotice({ error, action }: { error: unknown; action?: ReactNode }) {
  const { t } = useTranslation();
  const words = useProblemText();
  if (!error) {
    return null;
  }
  const problem = Problem.from(error);
  const { title, detail } = words(problem);
  return (
    <Notice tone="danger" title={title} action={action}>
      {detail}
      {problem.status >= 500 && problem.requestId && (
        <p className="text-muted mt-1 text-xs">{t("error.requestId", { id: problem.requestId })}</p>
      )}
    </Notice>
  );
}
