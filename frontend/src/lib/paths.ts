import { FALLBACK, factsOf, languages, type Language } from "./languages.ts";

/**
 * Every address of the site, and its file. The build writes them into `dist/routes.json`,
 * which the front door and CloudFront read; all other addresses return 404.
 */
export const paths = {
  landing: Object.fromEntries(languages.map((one) => [one, factsOf(one).landing])) as Record<
    Language,
    string
  >,
  editor: "/editor",
  history: "/history",
  account: "/account",
  signIn: "/sign-in",
  register: "/register",
  confirm: "/confirm",
  forgotPassword: "/forgot-password",
  developers: "/developers",
  feedback: "/feedback",
  legal: "/legal",
  privacy: "/privacy",
  status: "/status",
} as const;

/** The source code of this service. */
export const SOURCE = "https://github.com/sansfond/sansfond";

/** Maps each path to its file. */
export function pages(): Record<string, string> {
  const { landing, ...inTheApp } = paths;
  return {
    ...Object.fromEntries(
      languages.map((one) => [landing[one], one === FALLBACK ? "index.html" : `${one}/index.html`]),
    ),
    ...Object.fromEntries(Object.values(inTheApp).map((path) => [path, "app.html"])),
  };
}
