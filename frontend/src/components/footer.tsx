import { paths, SOURCE } from "@/lib/paths";
import { useTexts } from "@/lib/texts";

import { Link } from "./link";

/** The footer of every page. */
export function Footer() {
  const { t } = useTexts();
  const links = [
    { to: paths.legal, text: t("footer.legal") },
    { to: paths.privacy, text: t("footer.privacy") },
    { to: paths.feedback, text: t("footer.contact") },
    { to: paths.status, text: t("footer.status") },
    { to: paths.developers, text: t("footer.developers") },
  ];
  return (
    <footer className="border-line mt-16 border-t">
      <div className="page-width text-muted flex flex-wrap items-center justify-between gap-4 py-8 text-sm">
        <p>Sansfond · {t("footer.claim")}</p>
        <nav aria-label={t("footer.label")}>
          <ul className="flex flex-wrap gap-x-5 gap-y-2">
            {links.map(({ to, text }) => (
              <li key={to}>
                <Link to={to} className="hover:text-text underline-offset-4 hover:underline">
                  {text}
                </Link>
              </li>
            ))}
            <li>
              <a
                href={SOURCE}
                rel="noreferrer"
                className="hover:text-text underline-offset-4 hover:underline"
              >
                {t("footer.source")}
              </a>
            </li>
          </ul>
        </nav>
      </div>
    </footer>
  );
}
