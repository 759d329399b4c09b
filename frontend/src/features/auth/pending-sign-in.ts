/** Nobody takes longer to find a mail; afterwards they type the password again. */
const KEPT_MS = 15 * 60_000;

type Pending = { email: string; password: string };
let pending: (Pending & { until: number }) | undefined;

/**
 * Holds what was typed at registration until the e-mail is confirmed, so that nobody types it twice. In the
 * memory of this page only: never in storage, nor in the browser's history.
 */
export function holdSignIn(email: string, password: string): void {
  pending = { email, password, until: Date.now() + KEPT_MS };
}

/** The password that was held for the e-mail, once. */
export function takeSignIn(email: string): Pending | undefined {
  const held = pending;
  pending = undefined;
  return held && held.email === email && Date.now() < held.until ? held : undefined;
}
