import { Header } from "@/components/header";
import type { Language } from "@/lib/languages";
import { useTexts } from "@/lib/texts";

import { LanguageLinks } from "./language-links";
import { useSignedIn } from "./use-service";

/** The header of the page, with the signed-in account. */
export function LandingHeader() {
  const { i18n } = useTexts();
  return (
    <Header email={useSignedIn()} languageSwitch={<LanguageLinks language={i18n.language as Language} />} />
  );
}
