import { useEffect, useState } from "react";

import type { components } from "@/api/schema";
import { session } from "@/lib/session";
import { useTexts } from "@/lib/texts";

import { limitsOf } from "./numbers";

type Config = components["schemas"]["Config"];
type Profile = components["schemas"]["Account"];

/** Limits and plans of this service: undefined while it is asked, null if it does not answer. */
export function useServiceConfig(): Config | null | undefined {
  const [config, setConfig] = useState<Config | null>();
  useEffect(() => {
    asked ??= get<Config>("/api/config");
    void asked.then(setConfig);
  }, []);
  return config;
}

/** One answer for all parts of the page. */
let asked: Promise<Config | null> | undefined;

/** The limits of the plan, ready to be read; undefined and null as above. */
export function useLimits() {
  const { i18n } = useTexts();
  const config = useServiceConfig();
  return config ? (limitsOf(config, i18n.language) ?? null) : config;
}

/** The email address of the signed-in user, null for a visitor, undefined while unknown. */
export function useSignedIn(): string | null | undefined {
  // The state of the prerendered page, correct for nearly all visitors.
  const [email, setEmail] = useState<string | null | undefined>(null);
  useEffect(() => {
    if (session.mayExist()) {
      setEmail(undefined);
      void whoIsHere().then(setEmail);
    }
  }, []);
  return email;
}

async function whoIsHere(): Promise<string | null> {
  const profile = await get<Profile>("/api/me");
  if (profile) {
    return profile.email;
  }
  // The access token lives for a quarter of an hour; the session may well go on.
  const renewed = await ask("/api/auth/refresh", { method: "POST" });
  return renewed?.ok ? ((await get<Profile>("/api/me"))?.email ?? null) : null;
}

async function get<Body>(path: string): Promise<Body | null> {
  const response = await ask(path);
  return response?.ok ? ((await response.json()) as Body) : null;
}

/** `fetch` without the client that the app has: nothing here needs it. */
async function ask(path: string, init?: RequestInit): Promise<Response | null> {
  try {
    return await fetch(path, init);
  } catch {
    return null;
  }
}
