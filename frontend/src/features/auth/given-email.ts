import { useLocation, useSearchParams } from "react-router";

/** The e-mail that the page before handed on, or that a link brings. */
export function useGivenEmail(): string {
  const state: unknown = useLocation().state;
  const [query] = useSearchParams();
  if (typeof state === "object" && state !== null && "email" in state && typeof state.email === "string") {
    return state.email;
  }
  return query.get("email") ?? "";
}
