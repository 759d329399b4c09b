import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";

import { useConfirmEmail } from "@/api/confirm-email";
import { useLogIn } from "@/api/log-in";
import { useResendCode } from "@/api/resend-code";
import { NewPasswordField } from "@/components/new-password-field";
import { ProblemNotice } from "@/components/problem-notice";
import { TextLink } from "@/components/text-link";
import { Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { useErrorFocus } from "@/components/use-error-focus";
import { isStrongEnough } from "@/lib/password-rules";
import { paths } from "@/lib/paths";

import { AuthCard } from "./auth-card";
import { CodeField } from "./code-field";
import { formValues, looksLikeEmail } from "./form-values";
import { useInitialEmail } from "./initial-email";
import { fieldOf } from "./problem-fields";
import { ResendCode } from "./resend-code";
import { useContinueWhenSignedIn, useNextPage } from "./use-next-page";

type Errors = { email?: string; code?: string; password?: string };
type CameWith = { sent?: boolean } | null;

/** Confirms the email address with the code that was sent to it, sets the password, and signs in. */
export function ConfirmPage() {
  const { t } = useTranslation("auth");
  const navigate = useNavigate();
  const given = useInitialEmail();
  const cameWith = useLocation().state as CameWith;
  const { continueToNext, withNextPage } = useNextPage();
  useContinueWhenSignedIn(continueToNext);
  const confirm = useConfirmEmail();
  const logIn = useLogIn();
  const resend = useResendCode();
  const [email, setEmail] = useState(given);
  const [errors, setErrors] = useState<Errors>({});
  const form = useErrorFocus(errors);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const value = formValues(event.currentTarget);
    const [code, password] = [value("code"), value("password")];
    const found: Errors = {
      ...(!looksLikeEmail(email) && { email: t("email.wrong") }),
      ...(!code && { code: t("code.missing") }),
      ...(!isStrongEnough(password) && { password: t("password.weak") }),
    };
    setErrors(found);
    if (Object.keys(found).length > 0) {
      return;
    }
    try {
      await confirm.mutateAsync({ email, code, password });
    } catch (error) {
      const about = fieldOf(error);
      setErrors(about ? { [about.field]: about.words } : {});
      return;
    }
    try {
      const outcome = await logIn.mutateAsync({ email, password });
      if (outcome.status === "signed_in") {
        // `useContinueWhenSignedIn` continues.
        return;
      }
    } catch {
      // The email address is confirmed; the sign-in page shows the error.
    }
    void navigate(withNextPage(paths.signIn), { replace: true, state: { email } });
  };

  return (
    <AuthCard
      title={t("confirm.title")}
      lead={cameWith?.sent ? t("confirm.sent", { email }) : t("confirm.lead")}
      footer={
        <>
          <p className="text-pretty">{t("confirm.noMail")}</p>
          <p>
            <TextLink to={withNextPage(paths.register)}>{t("confirm.otherEmail")}</TextLink>
          </p>
        </>
      }
    >
      <form ref={form} noValidate className="grid gap-5" onSubmit={(event) => void submit(event)}>
        {!fieldOf(confirm.error) && <ProblemNotice error={confirm.error} />}
        <EmailField
          label={t("email.label")}
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value.trim())}
          error={errors.email}
        />
        <CodeField error={errors.code} />
        <NewPasswordField label={t("password.label")} name="password" error={errors.password} />
        <Button type="submit" size="large" busy={confirm.isPending || logIn.isPending}>
          {t("confirm.button")}
        </Button>
        {looksLikeEmail(email) && (
          <ResendCode
            send={() => resend.mutateAsync(email)}
            busy={resend.isPending}
            justSent={cameWith?.sent ?? false}
          />
        )}
      </form>
    </AuthCard>
  );
}
