import { readFileSync } from "node:fs";

import type { Page } from "@playwright/test";

import { fullyReady, addFiles } from "./editor.ts";
import { loginStatus, mailedCode, newMember, PASSWORD, signedIn } from "./people.ts";
import { downloaded, expect, fixture, test } from "./site.ts";
import { filled, words } from "./words.ts";

const texts = words("en");
const { account, auth, common } = texts;
const OTHER_PASSWORD = "Another-Horse-8";

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("the chosen language is kept after a reload", async ({ page }) => {
  const french = words("fr");
  await signedIn(page);
  await page.goto("/account");
  await expect(page.getByRole("heading", { level: 1, name: account.title })).toBeVisible();
  await page.getByRole("radio", { name: "Français" }).check();
  const title = page.getByRole("heading", { level: 1, name: french.account.title });
  await expect(title).toBeVisible();
  await page.reload();
  await expect(title).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "fr");
  await expect(page.getByRole("radio", { name: "Français" })).toBeChecked();
  expect(await (await page.request.get("/api/me")).json()).toMatchObject({ language: "fr" });
});

test("a new password requires the current one", async ({ page }) => {
  const email = await signedIn(page);
  await page.goto("/account");
  const old = page.getByLabel(account.password.old, { exact: true });
  const fresh = page.getByLabel(account.password.new, { exact: true });
  await old.fill("Not-The-Horse-1");
  await fresh.fill(OTHER_PASSWORD);
  await button(page, account.password.button).click();
  await expect(page.getByText(account.password.oldWrong)).toBeVisible();
  await expect(old).toBeFocused();
  await old.fill(PASSWORD);
  await button(page, account.password.button).click();
  await expect(page.getByText(account.password.done)).toBeVisible();
  await expect(old).toHaveValue("");
  expect(await loginStatus(email, PASSWORD)).toBe(401);
  expect(await loginStatus(email, OTHER_PASSWORD)).toBe(200);
});

test("a forgotten password is replaced with the code from the email", async ({ page }) => {
  const email = await newMember(page);
  await page.goto("/sign-in");
  await page.getByRole("link", { name: auth.signIn.forgot }).click();
  // Both pages ask for an email address.
  await expect(page.getByRole("heading", { level: 1, name: auth.forgot.title })).toBeVisible();
  await page.getByLabel(auth.email.label, { exact: true }).fill(email);
  await button(page, auth.forgot.button).click();
  await expect(page.getByText(filled(auth.newPassword.lead, { email }))).toBeVisible();
  const code = page.getByLabel(auth.code.label, { exact: true });
  const right = await mailedCode(page, email, 2);
  await code.fill(right === "000000" ? "000001" : "000000");
  await page.getByLabel(auth.newPassword.label, { exact: true }).fill(OTHER_PASSWORD);
  await button(page, auth.newPassword.button).click();
  await expect(code).toHaveAttribute("aria-invalid", "true");
  await expect(code).toBeFocused();
  await code.fill(right);
  await button(page, auth.newPassword.button).click();
  await expect(page).toHaveURL(/\/editor$/);
  await expect(page.getByTestId("credits")).toBeVisible();
  expect(await loginStatus(email, PASSWORD)).toBe(401);
});

test("the data export is a ZIP with the profile and the pictures", async ({ page }) => {
  const email = await signedIn(page);
  await page.goto("/editor");
  await addFiles(page, fixture("astronaut.png"));
  await fullyReady(page, texts);
  await page.goto("/account");
  await button(page, account.data.button).click();
  await expect(page.getByText(account.data.ready)).toBeVisible();
  const link = page.getByRole("link", { name: account.data.download.split(" ")[0] ?? "" });
  const { name, bytes } = await downloaded(page, () => link.click());
  expect(name).toMatch(/\.zip$/);
  expect(bytes.subarray(0, 4).toString("latin1")).toBe("PK\u0003\u0004");
  // Nothing in it is compressed: the ZIP contains the bytes of the files unchanged.
  for (const part of ["profile.json", "jobs.json", "credits.json", "cutout.png", `"${email}"`]) {
    expect(bytes.includes(part), part).toBe(true);
  }
  expect(bytes.includes(readFileSync(fixture("astronaut.png"))), "the uploaded picture").toBe(true);
});

test("a deleted account can no longer sign in", async ({ page, context }) => {
  const { danger } = account;
  const email = await signedIn(page);
  await page.goto("/account");
  await button(page, danger.button).click();
  const dialog = page.getByRole("dialog", { name: danger.dialogTitle });
  const typed = dialog.getByLabel(filled(danger.confirm, { email }));
  await typed.fill("somebody@else.test");
  await dialog.getByRole("button", { name: danger.finalButton }).click();
  await expect(dialog.getByText(filled(danger.wrongEmail, { email }))).toBeVisible();
  await typed.fill(email);
  await dialog.getByRole("button", { name: danger.finalButton }).click();
  await expect(page.getByRole("heading", { level: 1, name: account.deleted.title })).toBeVisible();
  await expect(page.getByRole("banner").getByRole("link", { name: common.nav.signIn })).toBeVisible();
  expect(await context.cookies()).toEqual([]);
  expect(await loginStatus(email, PASSWORD)).toBe(401);
});
