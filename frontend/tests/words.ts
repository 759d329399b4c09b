import { readFileSync } from "node:fs";
import path from "node:path";

import type { Language } from "../src/lib/languages.ts";
import type account from "../src/locales/en/account.json";
import type auth from "../src/locales/en/auth.json";
import type common from "../src/locales/en/common.json";
import type editor from "../src/locales/en/editor.json";
import type history from "../src/locales/en/history.json";
import type landing from "../src/locales/en/landing.json";
import type video from "../src/locales/en/video.json";

/** The texts of the site that the tests look for. */
export type Words = {
  account: typeof account;
  auth: typeof auth;
  common: typeof common;
  editor: typeof editor;
  history: typeof history;
  landing: typeof landing;
  video: typeof video;
};

const NAMESPACES = ["account", "auth", "common", "editor", "history", "landing", "video"] as const;

/**
 * The texts of the site in a language. They come from the site's own files, so that editing a sentence breaks no test. A
 * test that finds a French text on a page has also tested that the page is French.
 */
export function words(language: Language): Words {
  const folder = path.resolve(import.meta.dirname, "../src/locales", language);
  return Object.fromEntries(
    NAMESPACES.map((name) => [name, JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8"))]),
  ) as Words;
}

/** A text with its variables replaced. */
export function filled(text: string, facts: Record<string, string | number>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String(facts[name]));
}

/** The first part of the header's text about the remaining credits, up to the number of videos. */
export function creditsLeft({ common: { credits } }: Words, count: number): string {
  const pictures = filled(count === 1 ? credits.pictures_one : credits.pictures_other, { count });
  const [before, after] = credits.left.split("{{pictures}}");
  return `${before}${pictures}${after?.split("{{videos}}")[0]}`;
}
