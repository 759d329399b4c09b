import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";

import { languages } from "@/lib/languages";
import { startTranslator, type Texts } from "@/lib/texts";

import { islandTexts } from "./island-texts";
import { islands } from "./islands";

const files = import.meta.glob<Texts>("../../locales/*/{common,landing}.json", {
  import: "default",
  eager: true,
});

test.each(languages)("the selected texts in %s are all that the islands need", (language) => {
  const all = Object.fromEntries(
    ["common", "landing"].map((name) => [name, files[`../../locales/${language}/${name}.json`]]),
  );
  const written = (texts: Texts) => {
    startTranslator(language, texts);
    return Object.values(islands).map((Content) => renderToStaticMarkup(<Content />));
  };
  expect(written(islandTexts(all))).toEqual(written(all));
});
