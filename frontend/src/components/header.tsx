import { Menu } from "lucide-react";
import type { ReactNode } from "react";

import { paths } from "@/lib/paths";
import type { Language } from "@/lib/languages";
import { useTexts } from "@/lib/texts";

import { Link } from "./link";
import { Logo } from "./logo";
import { ThemeSwitch } from "./theme-switch";
import { ButtonLink } from "./ui/button";

type Props = {
  /** The email address of the signed-in user; null for a visitor; undefined while unknown. */
  email: string | null | undefined;
  /** The remaining credits, shown beside the account. */
  credits?: ReactNode;
  /** The link or button that changes the language. */
  languageSwitch: ReactNode;
};

const LINK =
  "rounded-lg px-3 py-2 text-sm font-medium text-muted hover:text-text aria-[current=page]:text-text";

/** The header of every page. */
export function Header({ email, credits, languageSwitch }: Props) {
  const { t, i18n } = useTexts();
  const home = paths.landing[i18n.language as Language];
  const links = email
    ? [
        { to: paths.editor, text: t("nav.editor") },
        { to: paths.history, text: t("nav.history") },
        { to: paths.developers, text: t("nav.api") },
      ]
    : [
        { to: `${home}#features`, text: t("nav.features") },
        { to: `${home}#pricing`, text: t("nav.pricing") },
        { to: paths.developers, text: t("nav.api") },
      ];
  const navigation = links.map(({ to, text }) => (
    <li key={to}>
      <Link to={to} className={LINK}>
        {text}
      </Link>
    </li>
  ));
  return (
    <header className="border-line bg-page/90 sticky top-0 z-40 border-b backdrop-blur">
      <a
        href="#main"
        className="bg-accent text-on-accent sr-only rounded-lg p-3 focus:not-sr-only focus:absolute focus:z-50"
      >
        {t("nav.skip")}
      </a>
      <div className="page-width flex min-h-16 items-center gap-2">
        <Link to={home} className="flex items-center gap-2 text-lg font-semibold" aria-label={t("nav.home")}>
          <Logo />
          <span>Sansfond</span>
        </Link>
        <nav aria-label={t("nav.label")} className="ml-4 hidden md:block">
          <ul className="flex">{navigation}</ul>
        </nav>
        <div className="ml-auto flex items-center gap-1">
          {credits}
          <span className="hidden sm:contents">
            {languageSwitch}
            <ThemeSwitch />
          </span>
          <Account email={email} />
          <details name="menu" className="relative md:hidden">
            <summary
              className="hover:bg-raised grid size-11 cursor-pointer list-none place-items-center rounded-lg"
              aria-label={t("nav.menu")}
            >
              <Menu aria-hidden className="size-5" />
            </summary>
            <nav
              aria-label={t("nav.menu")}
              className="border-line bg-surface absolute right-0 mt-2 w-56 rounded-xl border p-2 shadow-xl"
            >
              <ul className="grid [&_a]:flex [&_a]:min-h-11 [&_a]:items-center">{navigation}</ul>
              <div className="border-line mt-2 flex items-center justify-between border-t pt-2 sm:hidden">
                {languageSwitch}
                <ThemeSwitch />
              </div>
            </nav>
          </details>
        </div>
      </div>
    </header>
  );
}

function Account({ email }: { email: string | null | undefined }) {
  const { t } = useTexts();
  if (email === undefined) {
    return <span className="min-w-20" />;
  }
  if (email === null) {
    return (
      <>
        <ButtonLink to={paths.signIn} look="quiet" size="small" className="min-h-11">
          {t("nav.signIn")}
        </ButtonLink>
        <span className="hidden lg:contents">
          <ButtonLink to={paths.register} size="small" className="min-h-11">
            {t("nav.register")}
          </ButtonLink>
        </span>
      </>
    );
  }
  return (
    <Link
      to={paths.account}
      title={email}
      aria-label={`${t("nav.account")}: ${email}`}
      className="bg-accent text-on-accent grid size-10 place-items-center rounded-full font-semibold uppercase"
    >
      {email.slice(0, 1)}
    </Link>
  );
}
