import { expect, test } from "vitest";

import { FALLBACK, languages, othersThan, type Language } from "@/lib/languages";

type Tree = { [key: string]: string | Tree };

const files = import.meta.glob<Tree>("./*/*.json", { import: "default", eager: true });
const namespaces = Object.keys(files)
  .filter((path) => path.startsWith(`./${FALLBACK}/`))
  .map((path) => path.slice(`./${FALLBACK}/`.length, -".json".length));

/** Every text of a namespace, by its path. */
function texts(language: Language, namespace: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (tree: Tree, path: string) => {
    for (const [key, value] of Object.entries(tree)) {
      if (typeof value === "string") {
        found.set(path + key, value);
      } else {
        visit(value, `${path}${key}.`);
      }
    }
  };
  visit(files[`./${language}/${namespace}.json`] ?? {}, "");
  return found;
}

/** Languages have different plural forms, so keys are compared without them. */
const withoutForm = (key: string) => key.replace(/_(one|many|other)$/, "");
const keys = (found: Map<string, string>) => [...new Set([...found.keys()].map(withoutForm))].sort();
const variables = (text: string) => [...new Set(text.match(/\{\{[^}]+\}\}/g))].sort();

/** Every file of every translation. */
const translations = othersThan(FALLBACK).flatMap((language) =>
  namespaces.map((namespace) => ({ language, namespace })),
);

test("every language has the same files, and there are no others", () => {
  const wanted = languages.flatMap((one) => namespaces.map((name) => `./${one}/${name}.json`));
  expect(Object.keys(files).sort()).toEqual(wanted.sort());
});

test.each(translations)(
  "$language/$namespace has the same texts as the fallback language",
  ({ language, namespace }) => {
    expect(keys(texts(language, namespace))).toEqual(keys(texts(FALLBACK, namespace)));
  },
);

test.each(namespaces)("%s: no text is empty", (namespace) => {
  const empty = languages.flatMap((language) =>
    [...texts(language, namespace)].filter(([, text]) => text.trim() === ""),
  );
  expect(empty).toEqual([]);
});

test.each(translations)(
  "$language/$namespace has the same variables as the fallback language",
  ({ language, namespace }) => {
    const english = texts(FALLBACK, namespace);
    const different = [...texts(language, namespace)].filter(([key, text]) => {
      const other = english.get(key) ?? english.get(`${withoutForm(key)}_other`) ?? "";
      // “One” may be written as a word.
      const few = variables(text).length < variables(other).length && key.endsWith("_one");
      return !few && variables(text).join() !== variables(other).join();
    });
    expect(different).toEqual([]);
  },
);

test.each(namespaces)("%s: every plural has all the forms of its language", (namespace) => {
  const missing = languages.flatMap((language) => {
    const found = texts(language, namespace);
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const plurals = new Set([...found.keys()].filter((key) => key !== withoutForm(key)).map(withoutForm));
    return [...plurals].flatMap((key) =>
      forms.filter((form) => !found.has(`${key}_${form}`)).map((form) => `${language} ${key}_${form}`),
    );
  });
  expect(missing).toEqual([]);
});

test.each(namespaces)("%s: French follows the typography of France", (namespace) => {
  const wrong = [...texts("fr", namespace)].filter(
    // The space before ; ! ? % is narrow, the one before : and inside « » is not; neither breaks a line.
    // ' is the typewriter's apostrophe.
    ([, text]) => /[ \u00a0][;!?%]|[ \u202f][:»]|«[ \u202f]/.test(text) || /\p{L}'\p{L}/u.test(text),
  );
  expect(wrong).toEqual([]);
});
