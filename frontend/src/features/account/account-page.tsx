import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useMe } from "@/api/get-me";
import { PageTitle } from "@/components/page-title";
import { ProblemNotice } from "@/components/problem-notice";
import { SignInPrompt } from "@/components/sign-in-prompt";
import { Button, ButtonLink } from "@/components/ui/button";
import type { Language } from "@/lib/languages";
import { paths } from "@/lib/paths";

import { DangerSection } from "./danger-section";
import { DataSection } from "./data-section";
import { LedgerSection } from "./ledger-section";
import { PasswordSection } from "./password-section";
import { PreferencesSection } from "./preferences-section";
import { ProfileSection } from "./profile-section";
import { UsageSection } from "./usage-section";

/** The account page: credits, settings, data export, deletion. */
export function AccountPage() {
  const { t, i18n } = useTranslation(["account", "common"]);
  const me = useMe();
  const [deleted, setDeleted] = useState(false);
  if (deleted) {
    return (
      <div className="page-width grid justify-items-center gap-4 py-24 text-center">
        <PageTitle>{t("deleted.title")}</PageTitle>
        <p className="text-muted max-w-prose">{t("deleted.text")}</p>
        <ButtonLink to={paths.landing[i18n.language as Language]}>{t("deleted.home")}</ButtonLink>
      </div>
    );
  }
  return (
    <div className="page-width grid max-w-4xl gap-8 py-10">
      <PageTitle>{t("title")}</PageTitle>
      {me.isError && (
        <ProblemNotice
          error={me.error}
          action={
            <Button look="secondary" size="small" onClick={() => void me.refetch()}>
              {t("common:action.retry")}
            </Button>
          }
        />
      )}
      {me.isPending && <div aria-hidden className="bg-raised h-96 animate-pulse rounded-2xl" />}
      {me.data === null && <SignInPrompt>{t("visitor")}</SignInPrompt>}
      {me.data && (
        <>
          <ProfileSection me={me.data} />
          <UsageSection />
          <LedgerSection />
          <PreferencesSection me={me.data} />
          <PasswordSection email={me.data.email} />
          <DataSection />
          <DangerSection email={me.data.email} onDeleted={() => setDeleted(true)} />
        </>
      )}
    </div>
  );
}
