import { LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Profile } from "@/api/get-me";
import { useUsage } from "@/api/get-usage";
import { useLogOut } from "@/api/log-out";
import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { formatDate } from "@/lib/format";
import type { Language } from "@/lib/languages";
import { paths } from "@/lib/paths";

import { usePlanName } from "./plan-name";
import { Section } from "./section";

/** The signed-in user, and the sign-out button. */
export function ProfileSection({ me }: { me: Profile }) {
  const { t, i18n } = useTranslation("account");
  const planName = usePlanName();
  const { data: usage } = useUsage(true);
  const logOut = useLogOut();
  const leave = () =>
    logOut.mutate(undefined, {
      // Loading a page clears the memory of this one.
      onSuccess: () => location.assign(paths.landing[i18n.language as Language]),
    });
  const facts = [
    { name: t("profile.email"), value: me.email },
    { name: t("profile.plan"), value: usage ? planName(usage.plan) : "…" },
    { name: t("profile.since"), value: formatDate(me.created_at, i18n.language) },
  ];
  return (
    <Section title={t("profile.title")}>
      <dl className="grid gap-3 text-sm sm:grid-cols-[8rem_1fr]">
        {facts.map(({ name, value }) => (
          <div key={name} className="grid gap-0.5 sm:contents">
            <dt className="text-muted">{name}</dt>
            <dd className="font-medium break-words">{value}</dd>
          </div>
        ))}
      </dl>
      <ProblemNotice error={logOut.error} />
      <div className="grid gap-2">
        <Button
          look="secondary"
          className="justify-self-start"
          busy={logOut.isPending || logOut.isSuccess}
          onClick={leave}
        >
          <LogOut aria-hidden className="size-4" />
          {t("profile.signOut")}
        </Button>
        <p className="text-muted text-sm">{t("profile.signOutHint")}</p>
      </div>
    </Section>
  );
}
