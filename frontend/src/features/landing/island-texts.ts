import type { Texts } from "@/lib/texts";

/** The texts of the islands. The rest of the landing page is HTML and needs no texts in the browser. */
const KEYS = {
  common: ["compare", "nav", "theme"],
  landing: ["backdrops", "gallery", "hero", "intake", "kept", "plan", "sample", "types"],
} as const;

/** Selects the texts of the islands. */
export function islandTexts(all: Texts): Texts {
  const entries = Object.entries(KEYS).map(([namespace, keys]) => {
    const tree = all[namespace] as Texts;
    return [namespace, Object.fromEntries(keys.map((key) => [key, tree[key]]))];
  });
  return Object.fromEntries(entries);
}
