import { compare, language, nav, theme } from "@/locales/fr/common.json";
import { backdrops, gallery, hero, intake, kept, plan, sample, types } from "@/locales/fr/landing.json";

/** What the islands of the landing page say. The rest of it is HTML and not loaded a second time. */
export const texts = {
  common: { compare, language, nav, theme },
  landing: { backdrops, gallery, hero, intake, kept, plan, sample, types },
};
