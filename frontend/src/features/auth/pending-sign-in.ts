/** Long enough to find an email; afterwards the user enters the password again. */
const KEPT_MS = 15 * 60_000;

type Pending = { email: string; password: string };
let pending: (Pending & { until: number }) | undefined;

/**
 * Keeps the registration input until the email address is confirmed, so that users do not enter it twice. In the
 * memory of this page only: never in storage, nor in the browser's history.
 */
export function holdSignIn(email: string, password: string): void {
  pending = { email, password, until: Date.now() + KEPT_MS };
}

/** Takes the stored password for the email address, once. */
export function takeSignIn(email: string): Pending | undefined {
  const held = pending;
  pending = undefined;
  return held && held.email === email && Date.now() < held.until ? held : undefined;
}
