import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { useChangePassword } from "@/api/change-password";
import { NewPasswordField } from "@/components/new-password-field";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { PasswordField } from "@/components/ui/password-field";
import { useErrorFocus } from "@/components/use-error-focus";
import { isStrongEnough } from "@/lib/password-rules";
import { Problem } from "@/lib/problem";

import { Section } from "./section";

type Errors = { old?: string; fresh?: string };

/** True if the current password was wrong; the API uses the same code for email addresses, which do not occur here. */
function isWrong(error: unknown): boolean {
  return error instanceof Problem && error.code === "invalid_credentials";
}

/** The form that changes the password. */
export function PasswordSection({ email }: { email: string }) {
  const { t } = useTranslation("account");
  const change = useChangePassword();
  const [errors, setErrors] = useState<Errors>({});
  // A new key resets the form.
  const [round, setRound] = useState(0);
  const form = useErrorFocus(errors);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const [oldPassword, newPassword] = [String(data.get("old")), String(data.get("new"))];
    const found: Errors = {
      ...(!oldPassword && { old: t("password.oldMissing") }),
      ...(!isStrongEnough(newPassword) && { fresh: t("password.weak") }),
    };
    setErrors(found);
    if (Object.keys(found).length === 0) {
      change.mutate(
        {
          current_password: oldPassword,
          new_password: newPassword,
          revoke_api_keys: data.get("revoke") !== null,
        },
        {
          onSuccess: () => setRound((before) => before + 1),
          onError: (error) => isWrong(error) && setErrors({ old: t("password.oldWrong") }),
        },
      );
    }
  };

  return (
    <Section title={t("password.title")}>
      <form key={round} ref={form} noValidate className="grid max-w-md gap-5" onSubmit={submit}>
        {!isWrong(change.error) && <ProblemNotice error={change.error} />}
        {change.isSuccess && <Notice tone="success">{t("password.done")}</Notice>}
        {/* Tells password managers for which account the password is. */}
        <input type="hidden" name="email" autoComplete="username" value={email} readOnly />
        <PasswordField
          label={t("password.old")}
          name="old"
          autoComplete="current-password"
          required
          error={errors.old}
        />
        <NewPasswordField label={t("password.new")} name="new" error={errors.fresh} />
        <label className="flex min-h-11 cursor-pointer items-center gap-3 text-sm">
          <input type="checkbox" name="revoke" className="accent-accent size-4 shrink-0" />
          {t("password.revokeKeys")}
        </label>
        <Button type="submit" look="secondary" className="justify-self-start" busy={change.isPending}>
          {t("password.button")}
        </Button>
      </form>
    </Section>
  );
}
