import { expect, test } from "vitest";

import { FALLBACK, languageOf, languages, othersThan } from "./languages";

test("a tag is read with or without its region", () => {
  expect(["fr", "fr-CA", "EN-gb"].map(languageOf)).toEqual(["fr", "fr", "en"]);
});

test("unsupported languages and invalid tags have no match", () => {
  expect(["tlh-KX", "french", "", null].map(languageOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("each language has all others as alternatives", () => {
  for (const language of languages) {
    expect([language, ...othersThan(language)].sort()).toEqual([...languages].sort());
  }
  expect(languages).toContain(FALLBACK);
});
