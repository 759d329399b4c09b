/** The service's rules for a password. The service decides; this only informs users during input. */
const RULES = {
  length: (password: string) => [...password].length >= 10,
  upper: (password: string) => /[A-Z]/.test(password),
  lower: (password: string) => /[a-z]/.test(password),
  digit: (password: string) => /[0-9]/.test(password),
};

export type PasswordRule = keyof typeof RULES;

/** Each rule, and whether the password fulfills it. */
export function passwordRules(password: string): { rule: PasswordRule; kept: boolean }[] {
  return Object.entries(RULES).map(([rule, keeps]) => ({
    rule: rule as PasswordRule,
    kept: keeps(password),
  }));
}

/** True if the service would accept the password. */
export function isStrongEnough(password: string): boolean {
  return passwordRules(password).every(({ kept }) => kept);
}
