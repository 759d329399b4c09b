import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { useLogIn } from "@/api/log-in";
import { ProblemNotice } from "@/components/problem-notice";
import { TextLink } from "@/components/text-link";
import { Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { PasswordField } from "@/components/ui/password-field";
import { useErrorFocus } from "@/components/use-error-focus";
import { paths } from "@/lib/paths";

import { AuthCard } from "./auth-card";
import { CodeStep } from "./code-step";
import { formValues, looksLikeEmail } from "./form-values";
import { useInitialEmail } from "./initial-email";
import { useContinueWhenSignedIn, useNextPage } from "./use-next-page";

type Errors = { email?: string; password?: string };

/** Signing in by email and password, and by a one-time code if the account requires one. */
export function SignInPage() {
  const { t } = useTranslation("auth");
  const given = useInitialEmail();
  const { continueToNext, withNextPage } = useNextPage();
  useContinueWhenSignedIn(continueToNext);
  const logIn = useLogIn();
  const [errors, setErrors] = useState<Errors>({});
  const [codeStep, setCodeStep] = useState<{ email: string; session: string } | null>(null);
  const form = useErrorFocus(errors);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const value = formValues(event.currentTarget);
    const [email, password] = [value("email"), value("password")];
    const found: Errors = {
      ...(!looksLikeEmail(email) && { email: t("email.wrong") }),
      ...(!password && { password: t("password.missing") }),
    };
    setErrors(found);
    if (Object.keys(found).length > 0) {
      return;
    }
    try {
      const outcome = await logIn.mutateAsync({ email, password });
      if (outcome.status === "code_required") {
        setCodeStep({ email, session: outcome.session });
      }
      // Otherwise `useContinueWhenSignedIn` continues.
    } catch {
      // The notice shows the error.
    }
  };

  if (codeStep) {
    return <CodeStep {...codeStep} onBack={() => setCodeStep(null)} />;
  }
  return (
    <AuthCard
      title={t("signIn.title")}
      lead={t("signIn.lead")}
      footer={
        <>
          <p>
            {t("signIn.newHere")}{" "}
            <TextLink to={withNextPage(paths.register)}>{t("signIn.register")}</TextLink>
          </p>
          <p>
            {t("signIn.gotCode")} <TextLink to={withNextPage(paths.confirm)}>{t("signIn.confirm")}</TextLink>
          </p>
        </>
      }
    >
      <form ref={form} noValidate className="grid gap-5" onSubmit={(event) => void submit(event)}>
        <ProblemNotice error={logIn.error} />
        <EmailField
          label={t("email.label")}
          name="email"
          autoComplete="username"
          required
          defaultValue={given}
          error={errors.email}
        />
        <PasswordField
          label={t("password.label")}
          name="password"
          autoComplete="current-password"
          required
          error={errors.password}
        />
        <Button type="submit" size="large" busy={logIn.isPending}>
          {t("signIn.button")}
        </Button>
        <p className="text-center text-sm">
          <TextLink to={withNextPage(paths.forgotPassword)}>{t("signIn.forgot")}</TextLink>
        </p>
      </form>
    </AuthCard>
  );
}
