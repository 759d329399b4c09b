import { useTranslation } from "react-i18next";

import type { LocalCode, Problem } from "@/lib/problem";

const LOCAL: readonly string[] = [
  "offline",
  "unreachable",
  "upload_interrupted",
  "upload_refused",
  "busy",
  "too_large",
] satisfies LocalCode[];

type Words = Pick<Problem, "code" | "title" | "detail">;

/** The text of a problem: the API's own, or ours for problems found by the browser. */
export function useProblemText(): (problem: Words) => { title: string; detail: string } {
  const { t } = useTranslation();
  return (problem) => {
    if (!problem.title && isLocal(problem.code)) {
      return { title: t(`problems.${problem.code}.title`), detail: t(`problems.${problem.code}.detail`) };
    }
    return { title: problem.title, detail: problem.detail };
  };
}

function isLocal(code: string): code is LocalCode {
  return LOCAL.includes(code);
}
