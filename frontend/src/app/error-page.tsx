import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";

import { PageTitle } from "@/components/page-title";
import { Button } from "@/components/ui/button";

/** Shown when a page fails or cannot be loaded. Everything around it keeps working. */
export function PageError() {
  const { t } = useTranslation();
  const unloaded = isUnloaded(useRouteError());
  useEffect(() => {
    if (!unloaded) {
      return undefined;
    }
    const again = () => location.reload();
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, [unloaded]);
  return (
    <div className="page-width grid justify-items-center gap-4 py-24 text-center">
      <PageTitle>{t(unloaded ? "error.unloadedTitle" : "error.title")}</PageTitle>
      <p className="text-muted max-w-prose">{t(unloaded ? "error.unloadedText" : "error.text")}</p>
      <Button onClick={() => location.reload()}>{t("error.reload")}</Button>
    </div>
  );
}

/** True if a chunk of the site could not be loaded. Each browser has its own message. */
function isUnloaded(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|importing a module/i.test(error.message);
}

/** The same without the layout, for a failure of the layout itself. */
export function ErrorPage() {
  return (
    <main id="main">
      <PageError />
    </main>
  );
}
