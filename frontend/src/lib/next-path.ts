import { paths } from "./paths";

/** Pages that only lead to others; continuing to one of them would be a loop. */
const SIGN_IN_PAGES: readonly string[] = [paths.signIn, paths.register, paths.confirm, paths.forgotPassword];
const ANY_ORIGIN = "https://site.invalid";

/**
 * The page to continue to after signing in, from the `next` parameter; null if there is none or if it could lead
 * away from this site. The author of a link chooses the parameter, so it is parsed as browsers parse it:
 * `/\evil.example`, `/<tab>/evil.example` and `/..//evil.example` all leave the site.
 */
export function nextPath(query: URLSearchParams): string | null {
  const wanted = query.get("next");
  if (!wanted?.startsWith("/") || !URL.canParse(wanted, ANY_ORIGIN)) {
    return null;
  }
  const url = new URL(wanted, ANY_ORIGIN);
  if (url.origin !== ANY_ORIGIN || url.pathname.startsWith("//") || SIGN_IN_PAGES.includes(url.pathname)) {
    return null;
  }
  return url.pathname + url.search + url.hash;
}

/** The address of a page that continues to `next` when it is done. */
export function withNext(path: string, next: string | null): string {
  return next === null ? path : `${path}?next=${encodeURIComponent(next)}`;
}

/** True if the router has the page; other addresses of this site must be loaded. */
export function isInTheApp(address: string): boolean {
  const { landing: _, ...inTheApp } = paths;
  const path = address.split(/[?#]/)[0] ?? "";
  return Object.values(inTheApp).some((known) => known === path);
}
