import { renderToStaticMarkup, renderToString } from "react-dom/server";

import { HERO_SIZES } from "@/features/landing/hero";
import { LandingPage } from "@/features/landing/landing-page";
import { sampleSources } from "@/features/landing/sample-picture";
import type { Language } from "@/lib/i18n";
import { paths } from "@/lib/paths";
import { samples } from "@/lib/samples";
import { startFewTexts, useTexts, type Texts } from "@/lib/texts";
import commonEn from "@/locales/en/common.json";
import landingEn from "@/locales/en/landing.json";
import commonFr from "@/locales/fr/common.json";
import landingFr from "@/locales/fr/landing.json";

export { pages, paths } from "@/lib/paths";

const texts: Record<Language, Texts> = {
  en: { common: commonEn, landing: landingEn },
  fr: { common: commonFr, landing: landingFr },
};

/**
 * The landing page in one language, as the build puts it into HTML: what belongs into the head, and the page.
 *
 * @param origin Where the site will stand, without a slash at the end; empty if that is not known.
 */
export function prerender(language: Language, origin: string): { head: string; page: string } {
  startFewTexts(language, texts[language]);
  return {
    head: renderToStaticMarkup(<Head language={language} origin={origin} />),
    page: renderToString(<LandingPage />),
  };
}

const LOCALES = { en: "en_GB", fr: "fr_FR" };

function Head({ language, origin }: { language: Language; origin: string }) {
  const { t } = useTexts("landing");
  const { landing } = paths;
  const other = language === "en" ? "fr" : "en";
  const [hero] = samples;
  return (
    <>
      <title>{t("meta.title")}</title>
      <meta name="description" content={t("meta.description")} />
      {origin && <link rel="canonical" href={origin + landing[language]} />}
      <link rel="alternate" hrefLang="en" href={origin + landing.en} />
      <link rel="alternate" hrefLang="fr" href={origin + landing.fr} />
      <link rel="alternate" hrefLang="x-default" href={origin + landing.en} />
      <meta property="og:type" content="website" />
      <meta property="og:site_name" content="Sansfond" />
      <meta property="og:title" content={t("meta.title")} />
      <meta property="og:description" content={t("meta.description")} />
      <meta property="og:url" content={origin + landing[language]} />
      <meta property="og:locale" content={LOCALES[language]} />
      <meta property="og:locale:alternate" content={LOCALES[other]} />
      <meta property="og:image" content={`${origin}/og-${language}.jpg`} />
      <meta property="og:image:type" content="image/jpeg" />
      <meta property="og:image:width" content="1200" />
      <meta property="og:image:height" content="630" />
      <meta property="og:image:alt" content={t("meta.pictureAlt")} />
      <meta name="twitter:card" content="summary_large_image" />
      {/* On a phone it stands below the words and the button, which matter more. */}
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
