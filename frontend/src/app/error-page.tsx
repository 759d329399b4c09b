import { useTranslation } from "react-i18next";

import { PageTitle } from "@/components/page-title";
import { Button } from "@/components/ui/button";

/** What stands there when a page broke, or a part of the site could not be loaded. */
export function ErrorPage() {
  const { t } = useTranslation();
  return (
    <main id="main" className="page-width grid justify-items-center gap-4 py-24 text-center">
      <PageTitle>{t("error.title")}</PageTitle>
      <p className="text-muted max-w-prose">{t("error.text")}</p>
      <Button onClick={() => location.reload()}>{t("error.reload")}</Button>
    </main>
  );
}
