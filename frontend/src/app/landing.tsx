import "@/styles/index.css";

import { createRoot, hydrateRoot } from "react-dom/client";

import { islands, type IslandName } from "@/features/landing/islands";
import type { Language } from "@/lib/i18n";
import { startFewTexts, type Texts } from "@/lib/texts";

/** Wakes up what moves on the prerendered page. */
export function wakeLanding(language: Language, texts: Texts): void {
  startFewTexts(language, texts);
  for (const place of document.querySelectorAll<HTMLElement>("[data-island]")) {
    const Content = islands[place.dataset["island"] as IslandName];
    hydrateRoot(place, <Content />);
  }
  if (import.meta.env.DEV) {
    void drawWhole(language);
  }
}

/** The development server does not prerender, so the whole page is drawn in the browser. */
async function drawWhole(language: Language): Promise<void> {
  const { LandingPage } = await import("@/features/landing/landing-page");
  const common = await import(`../locales/${language}/common.json`);
  const landing = await import(`../locales/${language}/landing.json`);
  startFewTexts(language, { common: common.default, landing: landing.default });
  const root = document.getElementById("root");
  if (root) {
    createRoot(root).render(<LandingPage />);
  }
}
