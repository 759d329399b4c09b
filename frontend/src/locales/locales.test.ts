import { expect, test } from "vitest";

type Tree = { [key: string]: string | Tree };

const files = import.meta.glob<Tree>("./*/*.json", { import: "default", eager: true });
const namespaces = Object.keys(files)
  .filter((path) => path.startsWith("./en/"))
  .map((path) => path.slice("./en/".length, -".json".length));

/** Every text of a namespace, by its path. */
function texts(language: "en" | "fr", namespace: string): Map<string, string> {
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

/** French has a form more than English: what they share is the text, not its forms. */
const withoutForm = (key: string) => key.replace(/_(one|many|other)$/, "");
const keys = (found: Map<string, string>) => [...new Set([...found.keys()].map(withoutForm))].sort();
const variables = (text: string) => [...new Set(text.match(/\{\{[^}]+\}\}/g))].sort();

test("both languages have the same files", () => {
  const french = Object.keys(files).filter((path) => path.startsWith("./fr/"));
  expect(french).toEqual(namespaces.map((name) => `./fr/${name}.json`));
});

test.each(namespaces)("%s: both languages say the same things", (namespace) => {
  expect(keys(texts("fr", namespace))).toEqual(keys(texts("en", namespace)));
});

test.each(namespaces)("%s: no text is empty", (namespace) => {
  const empty = (["en", "fr"] as const).flatMap((language) =>
    [...texts(language, namespace)].filter(([, text]) => text.trim() === ""),
  );
  expect(empty).toEqual([]);
});

test.each(namespaces)("%s: a text and its translation have the same variables", (namespace) => {
  const english = texts("en", namespace);
  const different = [...texts("fr", namespace)].filter(([key, text]) => {
    const other = english.get(key) ?? english.get(`${withoutForm(key)}_other`) ?? "";
    // “One” may be written as a word.
    const few = variables(text).length < variables(other).length && key.endsWith("_one");
    return !few && variables(text).join() !== variables(other).join();
  });
  expect(different).toEqual([]);
});

test.each(namespaces)("%s: every plural has all the forms of its language", (namespace) => {
  const missing = (["en", "fr"] as const).flatMap((language) => {
    const found = texts(language, namespace);
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const plurals = new Set([...found.keys()].filter((key) => key !== withoutForm(key)).map(withoutForm));
    return [...plurals].flatMap((key) =>
      forms.filter((form) => !found.has(`${key}_${form}`)).map((form) => `${language} ${key}_${form}`),
    );
  });
  expect(missing).toEqual([]);
});

test.each(namespaces)("%s: French is set as French is", (namespace) => {
  const wrong = [...texts("fr", namespace)].filter(
    // A plain space before a double sign would let it go to the next line; ' is the typewriter's apostrophe.
    ([, text]) => / [:;!?»]/.test(text) || /« /.test(text) || /\p{L}'\p{L}/u.test(text),
  );
  expect(wrong).toEqual([]);
});
