/** What the service asks of a password. It decides; this tells people while they type. */
const RULES = {
  length: (password: string) => [...password].length >= 10,
  upper: (password: string) => /[A-Z]/.test(password),
  lower: (password: string) => /[a-z]/.test(password),
  digit: (password: string) => /[0-9]/.test(password),
};

export type PasswordRule = keyof typeof RULES;

/** Each rule and whether the password keeps it. */
export function passwordRules(password: string): { rule: PasswordRule; kept: boolean }[] {
  return Object.entries(RULES).map(([rule, keeps]) => ({
    rule: rule as PasswordRule,
    kept: keeps(password),
  }));
}

/** Whether the service would take it. */
export function isStrongEnough(password: string): boolean {
  return passwordRules(password).every(({ kept }) => kept);
}
