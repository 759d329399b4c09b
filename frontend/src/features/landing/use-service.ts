import { useEffect, useState } from "react";

import type { components } from "@/api/schema";
import { session } from "@/lib/session";
import { useTexts } from "@/lib/texts";

import { limitsOf } from "./numbers";

type Config = components["schemas"]["Config"];
type Profile = components["schemas"]["Account"];

/** Limits and plans of this service: undefined while they are loading, null if the request failed. */
export function useServiceConfig(): Config | null | undefined {
  const [config, setConfig] = useState<Config | null>();
  useEffect(() => {
    asked ??= get<Config>("/api/config");
    void asked.then(setConfig);
  }, []);
  return config;
}

/** One request for all parts of the page. */
let asked: Promise<Config | null> | undefined;

/** The formatted limits of the default plan; undefined and null as above. */
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
      void emailOfSession().then(setEmail);
    }
  }, []);
  return email;
}

async function emailOfSession(): Promise<string | null> {
  const profile = await get<Profile>("/api/me");
  if (profile) {
    return profile.email;
  }
  // The access token expires after a quarter of an hour; the session may still be valid.
  const renewed = await fetchOrNull("/api/auth/refresh", { method: "POST" });
  return renewed?.ok ? ((await get<Profile>("/api/me"))?.email ?? null) : null;
}

async function get<Body>(path: string): Promise<Body | null> {
  const response = await fetchOrNull(path);
  return response?.ok ? ((await response.json()) as Body) : null;
}

/** Plain `fetch`: the landing page does not need the client of the app. */
async function fetchOrNull(path: string, init?: RequestInit): Promise<Response | null> {
  try {
    return await fetch(path, init);
  } catch {
    return null;
  }
}
