import { renderToStaticMarkup, renderToString } from "react-dom/server";

import { HERO_SIZES } from "@/features/landing/hero";
import { islandTexts } from "@/features/landing/island-texts";
import { LandingPage } from "@/features/landing/landing-page";
import { sampleSources } from "@/features/landing/sample-picture";
import { FALLBACK, factsOf, languages, othersThan, type Language } from "@/lib/languages";
import { samples } from "@/lib/samples";
import { startTranslator, useTexts, type Texts } from "@/lib/texts";

export { pages, paths } from "@/lib/paths";

const files = import.meta.glob<Texts>("../locales/*/{common,landing}.json", {
  import: "default",
  eager: true,
});

/**
 * The parts of the landing page in one language that the build inserts into HTML: the elements of the head, the page,
 * and the texts for its scripts as JSON.
 *
 * @param origin The origin of the site, without a trailing slash; empty if unknown.
 */
export function prerender(language: Language, origin: string): Record<string, string> {
  const texts = Object.fromEntries(
    ["common", "landing"].map((name) => [name, files[`../locales/${language}/${name}.json`]]),
  );
  startTranslator(language, texts);
  return {
    language,
    head: renderToStaticMarkup(<Head language={language} origin={origin} />),
    page: renderToString(<LandingPage />),
    // Escaped, so that no text can close the script element.
    texts: JSON.stringify(islandTexts(texts)).replaceAll("<", "\\u003c"),
  };
}

function Head({ language, origin }: { language: Language; origin: string }) {
  const { t } = useTexts("landing");
  const address = (one: Language) => origin + factsOf(one).landing;
  const [hero] = samples;
  return (
    <>
      <title>{t("meta.title")}</title>
      <meta name="description" content={t("meta.description")} />
      {origin && <link rel="canonical" href={address(language)} />}
      {languages.map((one) => (
        <link key={one} rel="alternate" hrefLang={one} href={address(one)} />
      ))}
      <link rel="alternate" hrefLang="x-default" href={address(FALLBACK)} />
      <meta property="og:type" content="website" />
      <meta property="og:site_name" content="Sansfond" />
      <meta property="og:title" content={t("meta.title")} />
      <meta property="og:description" content={t("meta.description")} />
      <meta property="og:url" content={address(language)} />
      <meta property="og:locale" content={factsOf(language).locale} />
      {othersThan(language).map((other) => (
        <meta key={other} property="og:locale:alternate" content={factsOf(other).locale} />
      ))}
      <meta property="og:image" content={`${origin}/og-${language}.jpg`} />
      <meta property="og:image:type" content="image/jpeg" />
      <meta property="og:image:width" content="1200" />
      <meta property="og:image:height" content="630" />
      <meta property="og:image:alt" content={t("meta.pictureAlt")} />
      <meta name="twitter:card" content="summary_large_image" />
      {/* Not on a phone: there, the picture is below the text and the button, which matter more. */}
      <link
        rel="preload"
        as="image"
        media="(min-width: 1024px)"
        type="image/avif"
        imageSrcSet={sampleSources(hero, "photograph")}
        imageSizes={HERO_SIZES}
        fetchPriority="high"
      />
    </>
  );
}
