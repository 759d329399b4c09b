import "@/styles/index.css";

import { createRoot, hydrateRoot } from "react-dom/client";

import { islands, type IslandName } from "@/features/landing/islands";
import { FALLBACK, factsOf, languageOf, languages, type Language } from "@/lib/languages";
import { startTranslator, type Texts } from "@/lib/texts";

if (import.meta.env.DEV) {
  void renderWholePage(languages.find((one) => factsOf(one).landing === location.pathname) ?? FALLBACK);
} else {
  hydrateIslands();
}

/** Hydrates the islands of the prerendered page, which contains their texts. */
function hydrateIslands(): void {
  const texts = document.getElementById("texts")?.textContent ?? "{}";
  startTranslator(languageOf(document.documentElement.lang) ?? FALLBACK, JSON.parse(texts) as Texts);
  for (const place of document.querySelectorAll<HTMLElement>("[data-island]")) {
    const Content = islands[place.dataset["island"] as IslandName];
    hydrateRoot(place, <Content />);
  }
}

/** The development server does not prerender, so the browser renders the whole page. */
async function renderWholePage(language: Language): Promise<void> {
  const { LandingPage } = await import("@/features/landing/landing-page");
  const common = await import(`../locales/${language}/common.json`);
  const landing = await import(`../locales/${language}/landing.json`);
  startTranslator(language, { common: common.default, landing: landing.default });
  document.documentElement.lang = language;
  const root = document.getElementById("root");
  if (root) {
    createRoot(root).render(<LandingPage />);
  }
}
