import { Problem } from "@/lib/problem";

type Field = "email" | "password" | "code";

const FIELDS: Readonly<Record<string, Field>> = {
  invalid_code: "code",
  weak_password: "password",
};

/** A refusal that is about one input: which, and the API's words for it. Null for every other error. */
export function fieldOf(error: unknown): { field: Field; words: string } | null {
  if (!(error instanceof Problem)) {
    return null;
  }
  const field = FIELDS[error.code];
  return field ? { field, words: [error.title, error.detail].filter(Boolean).join(" ") } : null;
}
