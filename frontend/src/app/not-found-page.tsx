import { useTranslation } from "react-i18next";

import { PageTitle } from "@/components/page-title";
import { ButtonLink } from "@/components/ui/button";
import type { Language } from "@/lib/languages";
import { paths } from "@/lib/paths";

export function NotFoundPage() {
  const { t, i18n } = useTranslation();
  return (
    <div className="page-width grid justify-items-center gap-4 py-24 text-center">
      <p aria-hidden className="checkerboard text-muted rounded-2xl px-8 py-4 text-6xl font-bold">
        404
      </p>
      <PageTitle>{t("notFound.title")}</PageTitle>
      <p className="text-muted">{t("notFound.text")}</p>
      <ButtonLink to={paths.landing[i18n.language as Language]}>{t("notFound.home")}</ButtonLink>
    </div>
  );
}
