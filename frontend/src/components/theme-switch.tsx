import { Monitor, Moon, Sun } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";
import { readLocal, writeLocal } from "@/lib/session";

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];
const ICONS = { system: Monitor, light: Sun, dark: Moon };

/** Goes round: as the system says, light, dark. */
export function ThemeSwitch() {
  const { t } = useTranslation();
  // The prerendered page cannot know the choice, so it is read after the first paint.
  const [theme, setTheme] = useState<Theme>("system");
  useEffect(() => {
    const chosen = readLocal("theme");
    if (chosen === "light" || chosen === "dark") {
      setTheme(chosen);
    }
  }, []);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  const change = () => {
    setTheme(next);
    writeLocal("theme", next === "system" ? null : next);
    if (next === "system") {
      delete document.documentElement.dataset["theme"];
    } else {
      document.documentElement.dataset["theme"] = next;
    }
  };
  const Icon = ICONS[theme];
  const label = `${t("theme.label")}: ${t(`theme.${theme}`)}`;
  return (
    <Button look="quiet" size="icon" onClick={change} aria-label={label} title={label}>
      <Icon aria-hidden className="size-5" />
    </Button>
  );
}
