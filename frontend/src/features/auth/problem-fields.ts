import { Problem } from "@/lib/problem";

type Field = "email" | "password" | "code";

const FIELDS: Readonly<Record<string, Field>> = {
  invalid_code: "code",
  weak_password: "password",
};

/** A problem of one input: the input, and the API's text. Null for every other error. */
export function fieldOf(error: unknown): { field: Field; words: string } | null {
  if (!(error instanceof Problem)) {
    return null;
  }
  const field = FIELDS[error.code];
  return field ? { field, words: [error.title, error.detail].filter(Boolean).join(" ") } : null;
}
