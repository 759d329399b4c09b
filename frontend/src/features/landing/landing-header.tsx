import { Header } from "@/components/header";
import type { Language } from "@/lib/i18n";
import { useTexts } from "@/lib/texts";

import { LanguageLink } from "./language-link";
import { useSignedIn } from "./use-service";

/** The head of the page, with the account of who is signed in. */
export function LandingHeader() {
  const { i18n } = useTexts();
  return (
    <Header email={useSignedIn()} languageSwitch={<LanguageLink language={i18n.language as Language} />} />
  );
}
