import { createInstance } from "i18next";
import { expect, test } from "vitest";

import { languages } from "./languages";
import { createTranslator } from "./texts";

const texts = {
  common: { greeting: "Hello {{name}}, {{name}}!", deep: { er: "here" } },
  landing: {
    greeting: "Welcome",
    pictures_one: "{{count}} picture",
    pictures_many: "{{count}} de pictures",
    pictures_other: "{{count}} pictures",
  },
};

const cases: [string, Record<string, unknown>][] = [
  ["greeting", { name: "Ada" }],
  ["deep.er", {}],
  ["greeting", { ns: "landing" }],
  ["pictures", { ns: "landing", count: 0 }],
  ["pictures", { ns: "landing", count: 1 }],
  ["pictures", { ns: "landing", count: 2 }],
  ["pictures", { ns: "landing", count: 1_000_000 }],
  ["missing.key", {}],
  ["deep", { ns: "landing" }],
];

test.each(languages)("the small translator returns the same texts as i18next in %s", async (language) => {
  const i18next = createInstance();
  await i18next.init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: texts },
    defaultNS: "common",
    interpolation: { escapeValue: false },
  });
  const t = createTranslator(language, texts);
  expect(cases.map(([key, values]) => t(key, values))).toEqual(
    cases.map(([key, values]) => i18next.t(key as never, values as never)),
  );
});
