import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Field } from "@/components/ui/field";

/**
 * The code from an email. One input, not six: it accepts pasted codes, including spaces, and the suggestion of the phone
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
