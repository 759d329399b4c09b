import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { useForgotPassword } from "@/api/forgot-password";
import { ProblemNotice } from "@/components/problem-notice";
import { TextLink } from "@/components/text-link";
import { Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { useErrorFocus } from "@/components/use-error-focus";
import { paths } from "@/lib/paths";

import { AuthCard } from "./auth-card";
import { formValues, looksLikeEmail } from "./form-values";
import { useInitialEmail } from "./initial-email";
import { NewPasswordStep } from "./new-password-step";
import { useNextPage } from "./use-next-page";

/** A new password, in two steps: the email address, then the code that was sent to it. */
export function ForgotPasswordPage() {
  const { t } = useTranslation("auth");
  const given = useInitialEmail();
  const { withNextPage } = useNextPage();
  const forgot = useForgotPassword();
  const [sentTo, setSentTo] = useState<string | null>(null);
  const [errors, setErrors] = useState<{ email?: string }>({});
  const form = useErrorFocus(errors);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const email = formValues(event.currentTarget)("email");
    if (!looksLikeEmail(email)) {
      setErrors({ email: t("email.wrong") });
      return;
    }
    setErrors({});
    try {
      await forgot.mutateAsync(email);
      setSentTo(email);
    } catch {
      // The notice shows the error.
    }
  };

  if (sentTo !== null) {
    return (
      <NewPasswordStep
        email={sentTo}
        onBack={() => setSentTo(null)}
        resend={() => forgot.mutateAsync(sentTo)}
        resending={forgot.isPending}
      />
    );
  }
  return (
    <AuthCard
      title={t("forgot.title")}
      lead={t("forgot.lead")}
      footer={
        <p>
          <TextLink to={withNextPage(paths.signIn)}>{t("forgot.back")}</TextLink>
        </p>
      }
    >
      <form ref={form} noValidate className="grid gap-5" onSubmit={(event) => void submit(event)}>
        <ProblemNotice error={forgot.error} />
        <EmailField
          label={t("email.label")}
          name="email"
          autoComplete="username"
          required
          defaultValue={given}
          error={errors.email}
        />
        <Button type="submit" size="large" busy={forgot.isPending}>
          {t("forgot.button")}
        </Button>
      </form>
    </AuthCard>
  );
}
