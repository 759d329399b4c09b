import { expect, test } from "vitest";

import { FALLBACK, languageOf, languages, othersThan } from "./languages";

test("a tag is read with or without its region", () => {
  expect(["fr", "fr-CA", "EN-gb"].map(languageOf)).toEqual(["fr", "fr", "en"]);
});

test("a language that we do not have, and what is none, are nobody's", () => {
  expect(["tlh-KX", "french", "", null].map(languageOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("from each language every other one can be reached", () => {
  for (const language of languages) {
    expect([language, ...othersThan(language)].sort()).toEqual([...languages].sort());
  }
  expect(languages).toContain(FALLBACK);
});
