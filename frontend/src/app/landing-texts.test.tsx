import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";

import { islands } from "@/features/landing/islands";
import { startFewTexts } from "@/lib/texts";
import commonEn from "@/locales/en/common.json";
import landingEn from "@/locales/en/landing.json";
import commonFr from "@/locales/fr/common.json";
import landingFr from "@/locales/fr/landing.json";

import { texts as en } from "./landing-texts-en";
import { texts as fr } from "./landing-texts-fr";

const cases = [
  { language: "en", all: { common: commonEn, landing: landingEn }, some: en },
  { language: "fr", all: { common: commonFr, landing: landingFr }, some: fr },
] as const;

test.each(cases)(
  "the texts that are loaded in $language are all that the islands need",
  ({ language, all, some }) => {
    const written = (texts: typeof all | typeof some) => {
      startFewTexts(language, texts);
      return Object.values(islands).map((Content) => renderToStaticMarkup(<Content />));
    };
    expect(written(some)).toEqual(written(all));
  },
);
