import { paths } from "./paths";

/** Pages that only lead to others; going on to one of them would be going round in a circle. */
const WAYS_IN: readonly string[] = [paths.signIn, paths.register, paths.confirm, paths.forgotPassword];
const ANYWHERE = "https://site.invalid";

/**
 * The page to go on to after signing in, from the `next` parameter; null if there is none or if it could lead
 * away from this site. Whoever writes a link to us chooses the parameter, so it is read as browsers read it:
 * `/\evil.example`, `/<tab>/evil.example` and `/..//evil.example` all leave the site.
 */
export function nextPath(query: URLSearchParams): string | null {
  const wanted = query.get("next");
  if (!wanted?.startsWith("/") || !URL.canParse(wanted, ANYWHERE)) {
    return null;
  }
  const url = new URL(wanted, ANYWHERE);
  if (url.origin !== ANYWHERE || url.pathname.startsWith("//") || WAYS_IN.includes(url.pathname)) {
    return null;
  }
  return url.pathname + url.search + url.hash;
}

/** The address of a page that shall lead on to another. */
export function withNext(path: string, next: string | null): string {
  return next === null ? path : `${path}?next=${encodeURIComponent(next)}`;
}

/** Whether the router has the page; other addresses of this site have to be loaded. */
export function isInTheApp(address: string): boolean {
  const { landing: _, ...inTheApp } = paths;
  const path = address.split(/[?#]/)[0] ?? "";
  return Object.values(inTheApp).some((known) => known === path);
}
