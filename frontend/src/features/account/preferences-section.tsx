import { useTranslation } from "react-i18next";

import type { Profile } from "@/api/get-me";
import { useUpdateMe } from "@/api/update-me";
import { ProblemNotice } from "@/components/problem-notice";
import { changeLanguage, type Language } from "@/lib/i18n";
import { changeTheme, themes, useTheme } from "@/lib/theme";

import { Choice } from "./choice";
import { Section } from "./section";

// Languages are written in themselves, so that whoever reads only theirs finds it.
const LANGUAGES = [
  { value: "en", text: "English", lang: "en" },
  { value: "fr", text: "Français", lang: "fr" },
] as const;

/** Language and theme. */
export function PreferencesSection({ me }: { me: Profile }) {
  const { t } = useTranslation(["account", "common"]);
  const update = useUpdateMe();
  const theme = useTheme();
  const language = (update.isPending ? update.variables.language : me.language) as Language;
  const choose = (wanted: Language) =>
    update.mutate({ language: wanted }, { onSuccess: () => void changeLanguage(wanted) });
  return (
    <Section title={t("preferences.title")}>
      <Choice
        label={t("preferences.language")}
        hint={t("preferences.languageHint")}
        value={language}
        options={LANGUAGES}
        onChange={choose}
      />
      <ProblemNotice error={update.error} />
      <Choice
        label={t("common:theme.label")}
        hint={t("preferences.themeHint")}
        value={theme}
        options={themes.map((value) => ({ value, text: t(`common:theme.${value}`) }))}
        onChange={changeTheme}
      />
    </Section>
  );
}
