import { useTranslation } from "react-i18next";

import { useMe } from "@/api/get-me";
import { PageTitle } from "@/components/page-title";
import { ProblemNotice } from "@/components/problem-notice";
import { SignInPrompt } from "@/components/sign-in-prompt";
import { ButtonLink } from "@/components/ui/button";
import { paths } from "@/lib/paths";

import { JobBrowser } from "./job-browser";

/** The page with all jobs of the user. */
export function HistoryPage() {
  const { t } = useTranslation("history");
  const me = useMe();
  return (
    <div className="page-width grid grid-cols-1 gap-6 py-10">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <PageTitle>{t("title")}</PageTitle>
        {me.data && <ButtonLink to={paths.editor}>{t("new")}</ButtonLink>}
      </div>
      <ProblemNotice error={me.error} />
      {me.data === null && <SignInPrompt>{t("visitor")}</SignInPrompt>}
      {me.data && <JobBrowser />}
    </div>
  );
}
