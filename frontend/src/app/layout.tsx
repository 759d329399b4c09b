import { Film, Image } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";

import { useMe } from "@/api/get-me";
import { useUsage } from "@/api/get-usage";
import { useUpdateMe } from "@/api/update-me";
import { Footer } from "@/components/footer";
import { Header } from "@/components/header";
import { Button } from "@/components/ui/button";
import { changeLanguage } from "@/lib/i18n";
import { factsOf, othersThan, type Language } from "@/lib/languages";

import { OfflineNotice } from "./offline-notice";
import { SessionNotice } from "./session-notice";

/** The layout of every page of the app. */
export function Layout() {
  const { data: me } = useMe();
  const email = me === undefined ? undefined : (me?.email ?? null);
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const first = useRef(true);
  // Moving the focus announces a page change without a reload.
  useEffect(() => {
    if (first.current) {
      first.current = false;
    } else {
      main.current?.focus({ preventScroll: true });
    }
  }, [pathname]);
  const loading = useNavigation().state === "loading";
  return (
    <div className="flex min-h-dvh flex-col">
      <Header email={email} credits={email && <Credits />} languageSwitch={<LanguageSwitches />} />
      <OfflineNotice />
      <SessionNotice />
      <main id="main" ref={main} tabIndex={-1} aria-busy={loading} className="flex-1 outline-none">
        <Outlet />
      </main>
      <Footer />
      <ScrollRestoration />
    </div>
  );
}

function Credits() {
  const { t } = useTranslation();
  const { data: usage } = useUsage(true);
  if (!usage) {
    return null;
  }
  const [pictures, videos] = [usage.images.available, usage.videos.available];
  const spoken = t("credits.left", {
    pictures: t("credits.pictures", { count: pictures }),
    videos: t("credits.videos", { count: videos }),
  });
  return (
    <span data-testid="credits" className="bg-accent-soft rounded-full px-3 py-1 text-sm whitespace-nowrap">
      <span aria-hidden className="flex items-center gap-1 tabular-nums lg:hidden">
        <Image className="size-4" />
        {pictures}
        <Film className="ml-1 size-4" />
        {videos}
      </span>
      <span className="sr-only lg:not-sr-only">{spoken}</span>
    </span>
  );
}

function LanguageSwitches() {
  const { i18n } = useTranslation();
  const { data: me } = useMe();
  const update = useUpdateMe();
  const change = (other: Language) => {
    void changeLanguage(other);
    // The language of the account's emails follows.
    if (me) {
      update.mutate({ language: other });
    }
  };
  return othersThan(i18n.language).map((other) => (
    <Button
      key={other}
      look="quiet"
      size="small"
      className="min-h-11"
      lang={other}
      onClick={() => change(other)}
    >
      {factsOf(other).name}
    </Button>
  ));
}
