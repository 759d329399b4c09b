import { useSyncExternalStore } from "react";

import { readLocal, writeLocal } from "./session";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const changes = new EventTarget();

function watch(changed: () => void) {
  changes.addEventListener("change", changed);
  return () => changes.removeEventListener("change", changed);
}

function chosen(): Theme {
  const theme = readLocal("theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}

/** The chosen theme. The prerendered page does not know it and shows the system's until hydration. */
export function useTheme(): Theme {
  return useSyncExternalStore(watch, chosen, () => "system");
}

/** Changes the theme of the page and remembers it (`public/preferences.js` reads it before the first paint). */
export function changeTheme(theme: Theme): void {
  writeLocal("theme", theme === "system" ? null : theme);
  if (theme === "system") {
    delete document.documentElement.dataset["theme"];
  } else {
    document.documentElement.dataset["theme"] = theme;
  }
  changes.dispatchEvent(new Event("change"));
}
