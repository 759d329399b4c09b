import { ButtonLink } from "@/components/ui/button";
import type { Language } from "@/lib/i18n";
import { paths } from "@/lib/paths";
import { writeLocal } from "@/lib/session";
import { useTexts } from "@/lib/texts";

/** Leads to this page in the other language, and remembers that it was wanted. */
export function LanguageLink({ language }: { language: Language }) {
  const { t } = useTexts();
  const other = language === "en" ? "fr" : "en";
  return (
    <ButtonLink
      to={paths.landing[other]}
      look="quiet"
      size="small"
      className="min-h-11"
      lang={other}
      hrefLang={other}
      onClick={() => writeLocal("language", other)}
    >
      {t("language.switch")}
    </ButtonLink>
  );
}
