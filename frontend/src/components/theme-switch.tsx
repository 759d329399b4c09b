import { Monitor, Moon, Sun } from "lucide-react";

import { Button } from "@/components/ui/button";
import { useTexts } from "@/lib/texts";
import { changeTheme, themes, useTheme } from "@/lib/theme";

const ICONS = { system: Monitor, light: Sun, dark: Moon };

/** Cycles through system, light, dark. */
export function ThemeSwitch() {
  const { t } = useTexts();
  const theme = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  const Icon = ICONS[theme];
  const label = `${t("theme.label")}: ${t(`theme.${theme}`)}`;
  return (
    <Button look="quiet" size="icon" onClick={() => changeTheme(next)} aria-label={label} title={label}>
      <Icon aria-hidden className="size-5" />
    </Button>
  );
}
