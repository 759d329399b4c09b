import type { Page } from "@playwright/test";

import { expect, siteOrigin } from "./site.ts";
import type { Language } from "../src/lib/languages.ts";

export const PASSWORD = "Correct-Horse-7";

let people = 0;

/** An unused email address. */
export function newEmail(): string {
  people += 1;
  return `person-${process.pid}-${Date.now()}-${people}@sansfond.test`;
}

/** The code of the newest email with a code to an address with this many of them, from the outbox of the local cloud. */
export async function mailedCode(page: Page, email: string, mails = 1): Promise<string> {
  let code: string | undefined;
  await expect(async () => {
    const all: { to: string[]; html: string }[] = await (await page.request.get("/outbox.json")).json();
    // Only the emails of Cognito, which have codes, are HTML.
    const theirs = all.filter(({ to, html }) => to.includes(email) && html !== "");
    expect(theirs).toHaveLength(mails);
    // The newest comes first.
    code = theirs[0]?.html.match(/\b(\d{6})\b/)?.[1];
    expect(code).toBeDefined();
  }).toPass({ timeout: 15_000 });
  return code ?? "";
}

/** An account, created through the API, without a session. */
export async function newMember(page: Page, language: Language = "en"): Promise<string> {
  const email = newEmail();
  await post(page, "/api/auth/register", { email, language }, 202);
  await post(
    page,
    "/api/auth/confirm",
    { email, code: await mailedCode(page, email), password: PASSWORD },
    204,
  );
  return email;
}

/** An account, created through the API, with its session in the page. */
export async function signedIn(page: Page, language: Language = "en"): Promise<string> {
  const email = await newMember(page, language);
  await post(page, "/api/auth/login", { email, password: PASSWORD }, 200);
  // The sign-in page stores this besides the cookies.
  await page.goto("/robots.txt");
  await page.evaluate(() => localStorage.setItem("signed-in", "yes"));
  return email;
}

/** The status of the API's response to a sign-in. The session is not kept. */
export async function loginStatus(email: string, password: string): Promise<number> {
  const answer = await fetch(new URL("/api/auth/login", siteOrigin()), {
    method: "POST",
    headers: { "content-type": "application/json", origin: siteOrigin() },
    body: JSON.stringify({ email, password }),
  });
  return answer.status;
}

async function post(page: Page, path: string, data: object, status: number): Promise<void> {
  const answer = await page.request.post(path, { data, headers: { origin: siteOrigin() } });
  expect(answer.status(), await answer.text()).toBe(status);
}
