import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";

import { clearUserData, meQuery, useMe } from "@/api/get-me";
import { ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { paths } from "@/lib/paths";
import { session } from "@/lib/session";

/** Shows that the session has ended, and returns to the page after signing in. */
export function SessionNotice() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { pathname } = useLocation();
  const { data: me } = useMe();
  const [over, setOver] = useState(false);
  useEffect(
    () =>
      session.onExpired(() => {
        setOver(true);
        clearUserData(queries);
        queries.setQueryData(["me"], null);
      }),
    [queries],
  );
  useEffect(
    () =>
      session.onAccountChange(() => {
        const known = queries.getQueryData(meQuery.queryKey);
        if (known !== undefined && (known?.id ?? null) === session.hint()) {
          return;
        }
        setOver(false);
        clearUserData(queries);
        void queries.resetQueries({ queryKey: meQuery.queryKey });
      }),
    [queries],
  );
  if (!over || me || pathname === paths.signIn) {
    return null;
  }
  return (
    <div className="page-width">
      <Notice
        tone="warning"
        className="mt-4"
        action={
          <ButtonLink size="small" to={`${paths.signIn}?next=${encodeURIComponent(pathname)}`}>
            {t("session.signIn")}
          </ButtonLink>
        }
      >
        {t("session.over")}
      </Notice>
    </div>
  );
}
