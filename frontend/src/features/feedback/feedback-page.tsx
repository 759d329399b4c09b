import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { useMe } from "@/api/get-me";
import { useSendFeedback } from "@/api/send-feedback";
import { PageTitle } from "@/components/page-title";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { Notice } from "@/components/ui/notice";
import { useErrorFocus } from "@/components/use-error-focus";

import { MessageField } from "./message-field";

/** The maximum length of the service. */
const LONGEST = 5000;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@.]+$/;

type Errors = { message?: string; replyTo?: string };

/** Feedback to the operator of this service. No account is needed. */
export function FeedbackPage() {
  const { t } = useTranslation("feedback");
  const { data: me, isPending } = useMe();
  const send = useSendFeedback();
  const [errors, setErrors] = useState<Errors>({});
  const form = useErrorFocus(errors);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const message = String(data.get("message")).trim();
    const replyTo = String(data.get("reply_to")).trim();
    const found: Errors = {
      ...(!message && { message: t("message.missing") }),
      ...(replyTo && !EMAIL.test(replyTo) && { replyTo: t("replyTo.wrong") }),
    };
    setErrors(found);
    if (Object.keys(found).length === 0) {
      send.mutate({ message, reply_to: replyTo || null });
    }
  };

  return (
    <div className="page-width py-10 sm:py-16">
      <div className="mx-auto grid max-w-xl gap-6">
        <div className="grid gap-2">
          <PageTitle>{t("title")}</PageTitle>
          <p className="text-muted text-pretty">{t("lead")}</p>
        </div>
        {send.isSuccess ? (
          <div className="grid gap-4">
            <Notice tone="success" title={t("thanks.title")}>
              {send.variables.reply_to
                ? t("thanks.answer", { email: send.variables.reply_to })
                : t("thanks.text")}
            </Notice>
            <Button look="secondary" className="justify-self-start" onClick={() => send.reset()}>
              {t("thanks.another")}
            </Button>
          </div>
        ) : (
          <form
            ref={form}
            noValidate
            className="border-line bg-surface grid gap-5 rounded-2xl border p-5 sm:p-8"
            onSubmit={submit}
          >
            <ProblemNotice error={send.error} />
            <MessageField label={t("message.label")} longest={LONGEST} error={errors.message} />
            <EmailField
              // The signed-in user is known a moment later; until there is input, their address is filled in.
              key={isPending ? "unknown" : "known"}
              label={t("replyTo.label")}
              hint={t("replyTo.hint")}
              name="reply_to"
              autoComplete="email"
              defaultValue={me?.email}
              error={errors.replyTo}
            />
            <Button type="submit" size="large" className="sm:justify-self-start" busy={send.isPending}>
              {t("button")}
            </Button>
          </form>
        )}
      </div>
    </div>
  );
}
