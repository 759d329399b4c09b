import i18next, { type i18n } from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";

import { FALLBACK, languageOf, type Language } from "./languages";
import { readLocal, writeLocal } from "./session";
import { translateWith } from "./texts";

// Without the texts of the landing page, which is not part of the app.
const bundles = import.meta.glob<Record<string, unknown>>(
  ["../locales/*/*.json", "!../locales/*/landing.json"],
  { import: "default" },
);

/** The chosen language, else that of the browser. */
export function preferredLanguage(): Language {
  return languageOf(readLocal("language")) ?? languageOf(navigator.language) ?? FALLBACK;
}

/** Remembers the choice for later visits. */
export function rememberLanguage(language: Language): void {
  writeLocal("language", language);
}

/**
 * Starts i18next with these namespaces, each a file in `locales/<language>/`. Others are loaded when a page
 * that needs them is opened (`loadNamespace`).
 */
export async function startI18n(language: Language, namespaces: readonly string[]): Promise<i18n> {
  const loaded = await Promise.all(namespaces.map((name) => load(language, name)));
  const resources = Object.fromEntries(namespaces.map((name, index) => [name, loaded[index] ?? {}]));
  await i18next.use(initReactI18next).init({
    lng: language,
    // No fallback: the test of the locales finds missing texts.
    fallbackLng: false,
    resources: { [language]: resources },
    ns: [...namespaces],
    defaultNS: "common",
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
    initAsync: false,
  });
  translateWith(useTranslation);
  if (typeof document !== "undefined") {
    document.documentElement.lang = language;
  }
  return i18next;
}

/** Loads the texts of a page in the current language. */
export async function loadNamespace(...names: string[]): Promise<void> {
  const language = i18next.language as Language;
  await Promise.all(
    names
      .filter((name) => !i18next.hasResourceBundle(language, name))
      .map(async (name) => i18next.addResourceBundle(language, name, await load(language, name))),
  );
}

/** Changes the language of the page, including all loaded texts, and remembers it. */
export async function changeLanguage(language: Language): Promise<void> {
  const present = Object.keys(i18next.getDataByLanguage(i18next.language) ?? {});
  await Promise.all(
    present.map(async (name) => i18next.addResourceBundle(language, name, await load(language, name))),
  );
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  rememberLanguage(language);
}

async function load(language: Language, name: string): Promise<Record<string, unknown>> {
  const bundle = bundles[`../locales/${language}/${name}.json`];
  if (!bundle) {
    throw new Error(`There is no ${name}.json for ${language}. This is a bug.`);
  }
  return bundle();
}
