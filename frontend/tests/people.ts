import type { Page } from "@playwright/test";

import { expect, siteOrigin } from "./site.ts";

export const PASSWORD = "Correct-Horse-7";

let people = 0;

/** An address that nobody has used. */
export function newEmail(): string {
  people += 1;
  return `person-${process.pid}-${Date.now()}-${people}@sansfond.test`;
}

/** The code of the last mail to somebody, from the outbox of the local cloud. */
export async function mailedCode(page: Page, email: string): Promise<string> {
  let code: string | undefined;
  await expect(async () => {
    const mails = await (await page.request.get("/outbox.json")).json();
    const mail = mails.find((one: { to: string[] }) => one.to.includes(email));
    code = mail?.html.match(/\b(\d{6})\b/)?.[1];
    expect(code).toBeDefined();
  }).toPass({ timeout: 15_000 });
  return code ?? "";
}

/** An account, made through the API, whose session the page has. */
export async function signedIn(page: Page, language = "en"): Promise<string> {
  const email = newEmail();
  const post = async (path: string, data: object, status: number) => {
    const answer = await page.request.post(path, { data, headers: { origin: siteOrigin() } });
    expect(answer.status(), await answer.text()).toBe(status);
  };
  await post("/api/auth/register", { email, password: PASSWORD, language }, 202);
  await post("/api/auth/confirm", { email, code: await mailedCode(page, email) }, 204);
  await post("/api/auth/login", { email, password: PASSWORD }, 200);
  // What the sign-in page remembers beside the cookies.
  await page.addInitScript(() => localStorage.setItem("signed-in", "yes"));
  return email;
}
