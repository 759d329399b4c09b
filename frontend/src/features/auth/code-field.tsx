import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Field } from "@/components/ui/field";

/**
 * The code of a mail. One input, not six: it takes what is pasted, spaces and all, and what the phone offers
 * from the message.
 */
export function CodeField({ error, label }: { error?: ReactNode; label?: string }) {
  const { t } = useTranslation("auth");
  return (
    <Field
      label={label ?? t("code.label")}
      hint={t("code.hint")}
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      required
      error={error}
      onChange={(event) => {
        event.target.value = event.target.value.replaceAll(/[^0-9]/g, "");
      }}
    />
  );
}
