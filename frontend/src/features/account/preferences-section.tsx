import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Profile } from "@/api/get-me";
import { useUpdateMe } from "@/api/update-me";
import { ProblemNotice } from "@/components/problem-notice";
import { changeLanguage } from "@/lib/i18n";
import { factsOf, languages, type Language } from "@/lib/languages";
import { changeTheme, themes, useTheme } from "@/lib/theme";

import { Choice } from "./choice";
import { Section } from "./section";

const LANGUAGES = languages.map((one) => ({ value: one, text: factsOf(one).name, lang: one }));

/** Language and theme. */
export function PreferencesSection({ me }: { me: Profile }) {
  const { t } = useTranslation(["account", "common"]);
  const update = useUpdateMe();
  const theme = useTheme();
  // The choice applies at once; the account is updated a moment later.
  const [chosen, setChosen] = useState<Language | null>(null);
  const choose = (wanted: Language) => {
    setChosen(wanted);
    update.mutate(
      { language: wanted },
      { onSuccess: () => void changeLanguage(wanted), onSettled: () => setChosen(null) },
    );
  };
  return (
    <Section title={t("preferences.title")}>
      <Choice
        label={t("preferences.language")}
        hint={t("preferences.languageHint")}
        value={chosen ?? (me.language as Language)}
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
