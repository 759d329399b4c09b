import { UserRound } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";

import { ButtonLink } from "@/components/ui/button";
import { withNext } from "@/lib/next-path";
import { paths } from "@/lib/paths";

/** Asks a visitor to sign in, and returns here afterwards. */
export function SignInPrompt({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const { pathname, search } = useLocation();
  const here = pathname + search;
  return (
    <div className="border-line bg-surface grid justify-items-center gap-4 rounded-2xl border px-6 py-16 text-center">
      <span className="bg-accent-soft text-accent grid size-14 place-items-center rounded-full">
        <UserRound aria-hidden className="size-7" />
      </span>
      <p className="text-muted max-w-prose">{children}</p>
      <div className="flex flex-wrap justify-center gap-3">
        <ButtonLink to={withNext(paths.signIn, here)}>{t("nav.signIn")}</ButtonLink>
        <ButtonLink look="secondary" to={withNext(paths.register, here)}>
          {t("nav.register")}
        </ButtonLink>
      </div>
    </div>
  );
}
