import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { useDeleteMe } from "@/api/delete-me";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { EmailField } from "@/components/ui/email-field";
import { useErrorFocus } from "@/components/use-error-focus";

import { Section } from "./section";

/** The deletion of the account. */
export function DangerSection({ email, onDeleted }: { email: string; onDeleted: () => void }) {
  const { t } = useTranslation(["account", "common"]);
  const [open, setOpen] = useState(false);
  return (
    <Section danger title={t("danger.title")} about={t("danger.about")}>
      <Button look="danger" className="justify-self-start" onClick={() => setOpen(true)}>
        {t("danger.button")}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={t("danger.dialogTitle")}>
        <Farewell email={email} onDeleted={onDeleted} onCancel={() => setOpen(false)} />
      </Dialog>
    </Section>
  );
}

type Props = { email: string; onDeleted: () => void; onCancel: () => void };

function Farewell({ email, onDeleted, onCancel }: Props) {
  const { t } = useTranslation(["account", "common"]);
  const queries = useQueryClient();
  const remove = useDeleteMe();
  const [errors, setErrors] = useState<{ email?: string }>({});
  const form = useErrorFocus(errors);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get("email")).trim();
    if (typed.toLowerCase() !== email.toLowerCase()) {
      setErrors({ email: t("danger.wrongEmail", { email }) });
      return;
    }
    setErrors({});
    remove.mutate(typed, {
      onSuccess: () => {
        onDeleted();
        queries.setQueryData(["me"], null);
        queries.removeQueries({
          predicate: ({ queryKey }) => !["me", "config"].includes(String(queryKey[0])),
        });
      },
    });
  };

  const things = [
    t("danger.pictures"),
    t("danger.history"),
    t("danger.credits"),
    t("danger.keys"),
    t("danger.login"),
  ];
  return (
    <form ref={form} noValidate className="grid gap-5" onSubmit={submit}>
      <div className="grid gap-2 text-sm">
        <p>{t("danger.what")}</p>
        <ul className="list-disc pl-5">
          {things.map((thing) => (
            <li key={thing}>{thing}</li>
          ))}
        </ul>
        <p className="font-medium">{t("danger.forGood")}</p>
      </div>
      <ProblemNotice error={remove.error} />
      <EmailField
        label={t("danger.confirm", { email })}
        name="email"
        autoComplete="off"
        required
        error={errors.email}
      />
      <div className="flex flex-wrap justify-end gap-3">
        <Button look="secondary" onClick={onCancel}>
          {t("common:action.cancel")}
        </Button>
        <Button type="submit" look="danger" busy={remove.isPending}>
          {t("danger.finalButton")}
        </Button>
      </div>
    </form>
  );
}
