import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { useLogIn } from "@/api/log-in";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { useErrorFocus } from "@/components/use-error-focus";

import { AuthCard } from "./auth-card";
import { CodeField } from "./code-field";
import { formValues } from "./form-values";
import { fieldOf } from "./problem-fields";

type Props = { email: string; session: string; onBack: () => void };

/** The second step of signing in, for accounts that require a one-time code. */
export function CodeStep({ email, session, onBack }: Props) {
  const { t } = useTranslation("auth");
  const logIn = useLogIn();
  const [error, setError] = useState<{ words?: string }>({});
  const form = useErrorFocus(error);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = formValues(event.currentTarget)("code");
    if (!code) {
      setError({ words: t("code.missing") });
      return;
    }
    setError({});
    try {
      await logIn.mutateAsync({ email, session, code });
    } catch (problem) {
      setError({ ...(fieldOf(problem) && { words: fieldOf(problem)?.words }) });
    }
  };

  return (
    <AuthCard title={t("codeStep.title")} lead={t("codeStep.lead")}>
      <form ref={form} noValidate className="grid gap-5" onSubmit={(event) => void submit(event)}>
        {!error.words && <ProblemNotice error={logIn.error} />}
        <CodeField label={t("codeStep.label")} error={error.words} />
        <Button type="submit" size="large" busy={logIn.isPending}>
          {t("signIn.button")}
        </Button>
        <Button look="quiet" onClick={onBack}>
          {t("codeStep.back")}
        </Button>
      </form>
    </AuthCard>
  );
}
