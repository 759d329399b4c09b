/** The service's rules for a password. The service decides; this only informs users during input. */
const RULES = {
  length: (password: string) => [...password].length >= 10,
  upper: (password: string) => /[A-Z]/.test(password),
  lower: (password: string) => /[a-z]/.test(password),
  digit: (password: string) => /[0-9]/.test(password),
};

export type PasswordRule = keyof typeof RULES;

/** Each rule, and whether the password fulfills it. */
export function passwordRules(password: string): { rule: PasswordRule; fulfilled: boolean }[] {
  return Object.entries(RULES).map(([rule, check]) => ({
    rule: rule as PasswordRule,
    fulfilled: check(password),
  }));
}

/** True if the service would accept the password. */
export function isStrongEnough(password: string): boolean {
  return passwordRules(password).every(({ fulfilled }) => fulfilled);
}
