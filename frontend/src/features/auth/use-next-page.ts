import { useCallback, useEffect } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { useMe } from "@/api/get-me";
import { isInTheApp, nextPath, withNext } from "@/lib/next-path";
import { paths } from "@/lib/paths";

/** Navigation of the sign-in pages. */
export function useNextPage() {
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const next = nextPath(query);
  /** Continues to the page that required signing in. */
  const continueToNext = useCallback(() => {
    const target = next ?? paths.editor;
    if (isInTheApp(target)) {
      void navigate(target, { replace: true });
    } else {
      location.replace(target);
    }
  }, [navigate, next]);
  /** The address of a related page that continues to the same page. */
  const withNextPage = (path: string) => withNext(path, next);
  return { continueToNext, withNextPage };
}

/** Leaves the page if the user is already signed in. */
export function useContinueWhenSignedIn(continueToNext: () => void) {
  const { data: me } = useMe();
  const signedIn = Boolean(me);
  useEffect(() => {
    if (signedIn) {
      continueToNext();
    }
  }, [signedIn, continueToNext]);
}
