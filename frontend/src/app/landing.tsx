import "@/styles/index.css";

import { createRoot, hydrateRoot } from "react-dom/client";

import { LandingPage } from "@/features/landing/landing-page";
import type { Language } from "@/lib/i18n";
import { startFewTexts, type Texts } from "@/lib/texts";

/** Wakes the prerendered page up. */
export function hydrateLanding(language: Language, texts: Texts): void {
  const root = document.getElementById("root");
  if (!root) {
    throw new Error("The page has no root. This is a bug.");
  }
  startFewTexts(language, texts);
  if (root.firstElementChild) {
    hydrateRoot(root, <LandingPage />);
  } else {
    // The development server does not prerender.
    createRoot(root).render(<LandingPage />);
  }
}
