import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { useConfig } from "@/api/get-config";
import { useRegister } from "@/api/register";
import { ProblemNotice } from "@/components/problem-notice";
import { TextLink } from "@/components/text-link";
import { Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { useErrorFocus } from "@/components/use-error-focus";
import type { Language } from "@/lib/languages";
import { paths } from "@/lib/paths";

import { AuthCard } from "./auth-card";
import { formValues, looksLikeEmail } from "./form-values";
import { useInitialEmail } from "./initial-email";
import { useContinueWhenSignedIn, useNextPage } from "./use-next-page";

/** Registration. A code is sent to the email address; the next page asks for it and for a password. */
export function RegisterPage() {
  const { t, i18n } = useTranslation("auth");
  const navigate = useNavigate();
  const given = useInitialEmail();
  const { continueToNext, withNextPage } = useNextPage();
  useContinueWhenSignedIn(continueToNext);
  const register = useRegister();
  const pictures = useConfig().data?.plans[0]?.images_per_month;
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
      await register.mutateAsync({ email, language: i18n.language as Language });
      void navigate(withNextPage(paths.confirm), { state: { email, sent: true } });
    } catch {
      // The notice shows the error.
    }
  };

  return (
    <AuthCard
      title={t("register.title")}
      lead={pictures === undefined ? t("register.lead") : t("register.leadPictures", { count: pictures })}
      footer={
        <>
          <p>
            {t("register.member")} <TextLink to={withNextPage(paths.signIn)}>{t("register.signIn")}</TextLink>
          </p>
          <p className="text-pretty">
            {t("register.privacy")} <TextLink to={paths.privacy}>{t("register.privacyLink")}</TextLink>
          </p>
        </>
      }
    >
      <form ref={form} noValidate className="grid gap-5" onSubmit={(event) => void submit(event)}>
        <ProblemNotice error={register.error} />
        <EmailField
          label={t("email.label")}
          name="email"
          autoComplete="email"
          required
          defaultValue={given}
          error={errors.email}
        />
        <Button type="submit" size="large" busy={register.isPending}>
          {t("register.button")}
        </Button>
      </form>
    </AuthCard>
  );
}
