import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";

import { useConfirmEmail } from "@/api/confirm-email";
import { useLogIn } from "@/api/log-in";
import { useResendCode } from "@/api/resend-code";
import { ProblemNotice } from "@/components/problem-notice";
import { TextLink } from "@/components/text-link";
import { Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { Notice } from "@/components/ui/notice";
import { useErrorFocus } from "@/components/use-error-focus";
import { paths } from "@/lib/paths";

import { AuthCard } from "./auth-card";
import { CodeField } from "./code-field";
import { formValues, looksLikeEmail } from "./form-values";
import { useInitialEmail } from "./initial-email";
import { takeSignIn } from "./pending-sign-in";
import { fieldOf } from "./problem-fields";
import { ResendCode } from "./resend-code";
import { useContinueWhenSignedIn, useNextPage } from "./use-next-page";

type Errors = { email?: string; code?: string };
type CameWith = { sent?: boolean; unconfirmed?: boolean } | null;

/** Confirms the email address with the code that was sent to it; signs in automatically right after registration. */
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
    const code = formValues(event.currentTarget)("code");
    const found: Errors = {
      ...(!looksLikeEmail(email) && { email: t("email.wrong") }),
      ...(!code && { code: t("code.missing") }),
    };
    setErrors(found);
    if (Object.keys(found).length > 0) {
      return;
    }
    try {
      await confirm.mutateAsync({ email, code });
    } catch (error) {
      const about = fieldOf(error);
      setErrors(about ? { [about.field]: about.words } : {});
      return;
    }
    await enter();
  };

  const enter = async () => {
    const held = takeSignIn(email);
    try {
      const outcome = held && (await logIn.mutateAsync({ email, password: held.password }));
      if (outcome?.status === "signed_in") {
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
        {cameWith?.unconfirmed && <Notice tone="info">{t("confirm.unconfirmed")}</Notice>}
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
