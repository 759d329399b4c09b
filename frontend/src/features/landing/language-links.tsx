import { ButtonLink } from "@/components/ui/button";
import { factsOf, othersThan, type Language } from "@/lib/languages";
import { writeLocal } from "@/lib/session";

/** Links to this page in the other languages. A click stores the choice. */
export function LanguageLinks({ language }: { language: Language }) {
  return othersThan(language).map((other) => (
    <ButtonLink
      key={other}
      to={factsOf(other).landing}
      look="quiet"
      size="small"
      className="min-h-11"
      lang={other}
      hrefLang={other}
      onClick={() => writeLocal("language", other)}
    >
      {factsOf(other).name}
    </ButtonLink>
  ));
}
