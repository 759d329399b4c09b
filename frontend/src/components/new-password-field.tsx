import { Check, Circle } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { PasswordField } from "@/components/ui/password-field";
import { classNames } from "@/lib/class-names";
import { passwordRules } from "@/lib/password-rules";

type Props = { label: ReactNode; name: string; error?: ReactNode };

/** A field for a new password that shows the fulfilled rules during input. */
export function NewPasswordField({ label, name, error }: Props) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const hint = (
    <ul className="grid gap-x-4 gap-y-1 sm:grid-cols-2" aria-label={t("password.rules.label")}>
      {passwordRules(password).map(({ rule, fulfilled }) => (
        <li
          key={rule}
          data-fulfilled={fulfilled}
          className={classNames("flex items-center gap-2", fulfilled && "text-success")}
        >
          {fulfilled ? (
            <Check aria-hidden className="size-4 shrink-0" />
          ) : (
            <Circle aria-hidden className="size-4 shrink-0 p-0.5" />
          )}
          {t(`password.rules.${rule}`)}
          {fulfilled && <span className="sr-only">{t("password.rules.kept")}</span>}
        </li>
      ))}
    </ul>
  );
  return (
    <PasswordField
      label={label}
      name={name}
      autoComplete="new-password"
      required
      minLength={10}
      maxLength={256}
      value={password}
      onChange={(event) => setPassword(event.target.value)}
      hint={hint}
      error={error}
    />
  );
}
