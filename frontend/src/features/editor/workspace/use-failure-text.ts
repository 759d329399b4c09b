import { useTranslation } from "react-i18next";

import { useProblemText } from "@/components/use-problem-text";

import type { Failure } from "../model";

/** The text of a failure: the API's own, or ours for failures found by the browser. */
export function useFailureText(): (failure: Failure) => { title: string; detail: string } {
  const { t } = useTranslation("editor");
  const words = useProblemText();
  return (failure) => {
    const { code } = failure;
    if (code === "source_gone" || code === "result_gone" || code === "job_gone") {
      return { title: t(`failure.${code}.title`), detail: t(`failure.${code}.detail`) };
    }
    const { title, detail } = words(failure);
    return { title: title || t("failure.title"), detail };
  };
}
