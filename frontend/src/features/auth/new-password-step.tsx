import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { useLogIn } from "@/api/log-in";
import { useResetPassword } from "@/api/reset-password";
import { NewPasswordField } from "@/components/new-password-field";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { useErrorFocus } from "@/components/use-error-focus";
import { isStrongEnough } from "@/lib/password-rules";
import { paths } from "@/lib/paths";

import { AuthCard } from "./auth-card";
import { CodeField } from "./code-field";
import { formValues } from "./form-values";
import { fieldOf } from "./problem-fields";
import { ResendCode } from "./resend-code";
import { useNextPage } from "./use-next-page";

type Errors = { code?: string; password?: string };
type Props = { email: string; onBack: () => void; resend: () => Promise<unknown>; resending: boolean };

/** The code and a new password; signs in with it at once. */
export function NewPasswordStep({ email, onBack, resend, resending }: Props) {
  const { t } = useTranslation("auth");
  const navigate = useNavigate();
  const { continueToNext, withNextPage } = useNextPage();
  const reset = useResetPassword();
  const logIn = useLogIn();
  const [errors, setErrors] = useState<Errors>({});
  const form = useErrorFocus(errors);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const value = formValues(event.currentTarget);
    const [code, password] = [value("code"), value("password")];
    const found: Errors = {
      ...(!code && { code: t("code.missing") }),
      ...(!isStrongEnough(password) && { password: t("password.weak") }),
    };
    setErrors(found);
    if (Object.keys(found).length > 0) {
      return;
    }
    try {
      await reset.mutateAsync({ email, code, password });
    } catch (error) {
      const about = fieldOf(error);
      setErrors(about ? { [about.field]: about.words } : {});
      return;
    }
    try {
      const outcome = await logIn.mutateAsync({ email, password });
      if (outcome.status === "signed_in") {
        continueToNext();
        return;
      }
    } catch {
      // The password is set; the sign-in page shows the error.
    }
    void navigate(withNextPage(paths.signIn), { replace: true, state: { email } });
  };

  return (
    <AuthCard title={t("newPassword.title")} lead={t("newPassword.lead", { email })}>
      <form ref={form} noValidate className="grid gap-5" onSubmit={(event) => void submit(event)}>
        {!fieldOf(reset.error) && <ProblemNotice error={reset.error} />}
        {/* Tells password managers for which account the password is. */}
        <input type="hidden" name="email" autoComplete="username" value={email} readOnly />
        <CodeField error={errors.code} />
        <NewPasswordField label={t("newPassword.label")} name="password" error={errors.password} />
        <Button type="submit" size="large" busy={reset.isPending || logIn.isPending}>
          {t("newPassword.button")}
        </Button>
        <ResendCode send={resend} busy={resending} justSent />
        <Button look="quiet" onClick={onBack}>
          {t("newPassword.otherEmail")}
        </Button>
      </form>
    </AuthCard>
  );
}
