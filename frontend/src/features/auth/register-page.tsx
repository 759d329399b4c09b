import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { useConfig } from "@/api/get-config";
import { useRegister } from "@/api/register";
import { NewPasswordField } from "@/components/new-password-field";
import { ProblemNotice } from "@/components/problem-notice";
import { TextLink } from "@/components/text-link";
import { Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { useErrorFocus } from "@/components/use-error-focus";
import type { Language } from "@/lib/languages";
import { isStrongEnough } from "@/lib/password-rules";
import { paths } from "@/lib/paths";

import { AuthCard } from "./auth-card";
import { formValues, looksLikeEmail } from "./form-values";
import { useInitialEmail } from "./initial-email";
import { holdSignIn } from "./pending-sign-in";
import { fieldOf } from "./problem-fields";
import { useContinueWhenSignedIn, useNextPage } from "./use-next-page";

type Errors = { email?: string; password?: string };

/** Registration. A code is sent to the email address, and the next page asks for it. */
export function RegisterPage() {
  const { t, i18n } = useTranslation("auth");
  const navigate = useNavigate();
  const given = useInitialEmail();
  const { continueToNext, withNextPage } = useNextPage();
  useContinueWhenSignedIn(continueToNext);
  const register = useRegister();
  const pictures = useConfig().data?.plans[0]?.images_per_month;
  const [errors, setErrors] = useState<Errors>({});
  const form = useErrorFocus(errors);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const value = formValues(event.currentTarget);
    const [email, password] = [value("email"), value("password")];
    const found: Errors = {
      ...(!looksLikeEmail(email) && { email: t("email.wrong") }),
      ...(!isStrongEnough(password) && { password: t("password.weak") }),
    };
    setErrors(found);
    if (Object.keys(found).length > 0) {
      return;
    }
    try {
      await register.mutateAsync({ email, password, language: i18n.language as Language });
      holdSignIn(email, password);
      void navigate(withNextPage(paths.confirm), { state: { email, sent: true } });
    } catch (error) {
      const about = fieldOf(error);
      setErrors(about ? { [about.field]: about.words } : {});
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
        {!fieldOf(register.error) && <ProblemNotice error={register.error} />}
        <EmailField
          label={t("email.label")}
          name="email"
          autoComplete="email"
          required
          defaultValue={given}
          error={errors.email}
        />
        <NewPasswordField label={t("password.label")} name="password" error={errors.password} />
        <Button type="submit" size="large" busy={register.isPending}>
          {t("register.button")}
        </Button>
      </form>
    </AuthCard>
  );
}
