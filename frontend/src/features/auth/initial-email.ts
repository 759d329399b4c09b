import { useLocation, useSearchParams } from "react-router";

/** The email address from the previous page, or from a link. */
export function useInitialEmail(): string {
  const state: unknown = useLocation().state;
  const [query] = useSearchParams();
  if (typeof state === "object" && state !== null && "email" in state && typeof state.email === "string") {
    return state.email;
  }
  return query.get("email") ?? "";
}
