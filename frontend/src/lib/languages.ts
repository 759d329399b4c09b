/**
 * The languages of the site. To add one: an entry here, its texts in `src/locales/<language>/`, and its preview
 * picture for shared links (`node tools/brand/make.js`).
 *
 * `name` is in the language itself, so that its readers find it. `locale` is in the format of Open Graph,
 * `landing` the address of the front page.
 */
const LANGUAGES = {
  en: { name: "English", locale: "en_GB", landing: "/" },
  fr: { name: "Français", locale: "fr_FR", landing: "/fr" },
} as const;

export type Language = keyof typeof LANGUAGES;
export const languages = Object.keys(LANGUAGES) as Language[];

/** The language for visitors whose language the site does not have. */
export const FALLBACK: Language = "en";

type Facts = { name: string; locale: string; landing: string };

/** The properties of a language. */
export function factsOf(language: Language): Facts {
  return LANGUAGES[language];
}

/** All languages but one. */
export function othersThan(language: string): Language[] {
  return languages.filter((one) => one !== language);
}

/** Our language for a tag such as “fr-CA”, if there is one. */
export function languageOf(tag: string | null): Language | undefined {
  const [primary] = (tag ?? "").toLowerCase().split("-");
  return languages.find((one) => one === primary);
}
