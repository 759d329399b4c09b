import type { TFunction } from "i18next";
import type { useTranslation } from "react-i18next";

import type { Language } from "./languages";

/** The texts of a page: a tree for each namespace. */
export type Texts = Readonly<Record<string, unknown>>;

let use = useTranslator;
let translator: { t: TFunction; i18n: { language: Language } } | undefined;

/**
 * The texts for components used on both the landing page and in the app. The app's come from i18next; the
 * landing page has its own small translator, because i18next is larger than everything else that it loads
 * besides React. The entry point chooses: `startTranslator` here, or `startI18n`.
 */
export const useTexts: typeof useTranslation = ((namespace?: string) => use(namespace)) as never;

/** Makes `useTexts` use i18next's hook. */
export function translateWith(hook: typeof useTranslation): void {
  use = hook as never;
}

/** Makes `useTexts` use only these texts. */
export function startTranslator(language: Language, texts: Texts): void {
  use = useTranslator;
  translator = { t: createTranslator(language, texts) as unknown as TFunction, i18n: { language } };
}

function useTranslator(namespace?: string) {
  if (!translator) {
    throw new Error("The translator was not started. This is a bug.");
  }
  const { t, i18n } = translator;
  return {
    i18n,
    t: (key: string, values?: object) => t(key as never, { ns: namespace, ...values } as never),
  };
}

/** The required subset of i18next: keys with dots, `{{values}}` and plurals by `count`. */
export function createTranslator(language: Language, texts: Texts) {
  const plurals = new Intl.PluralRules(language);
  return (key: string, values: Record<string, unknown> = {}): string => {
    const namespace = texts[String(values["ns"] ?? "common")];
    const { count } = values;
    const text =
      (typeof count === "number" &&
        (at(namespace, `${key}_${plurals.select(count)}`) ?? at(namespace, `${key}_other`))) ||
      at(namespace, key);
    return text?.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name])) ?? key;
  };
}

function at(tree: unknown, path: string): string | undefined {
  let found = tree;
  for (const name of path.split(".")) {
    found = typeof found === "object" && found !== null ? (found as Texts)[name] : undefined;
  }
  return typeof found === "string" ? found : undefined;
}
