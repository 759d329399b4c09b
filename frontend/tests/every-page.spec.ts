import { AxeBuilder } from "@axe-core/playwright";
import { mkdirSync } from "node:fs";
import path from "node:path";

import { expect, fixture, test } from "./site.ts";
import { signedIn } from "./people.ts";

const folder = path.resolve(import.meta.dirname, "../../target/screenshots");
mkdirSync(folder, { recursive: true });

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const forVisitors = [
  "/",
  "/editor",
  "/sign-in",
  "/register",
  "/confirm",
  "/forgot-password",
  "/developers",
  "/feedback",
  "/legal",
  "/privacy",
  "/status",
  "/no-such-page",
];
const forMembers = ["/editor", "/history", "/account"];

for (const theme of ["light", "dark"] as const) {
  for (const language of ["en", "fr"] as const) {
    test.describe(`${theme}, ${language}`, () => {
      test.use({ colorScheme: theme, locale: language === "fr" ? "fr-FR" : "en-GB", reducedMotion: "reduce" });

      test("every page for visitors is accessible, fits a phone, and has its picture taken", async ({ page }) => {
        for (const address of forVisitors) {
          await look(page, address, `visitor${address.replaceAll("/", "-")}-${language}-${theme}`, language);
        }
      });

      test("every page for members too, with a picture in the editor", async ({ page }) => {
        await signedIn(page, language);
        await page.goto("/editor");
        await page.setInputFiles("input[type=file]", fixture("astronaut.png"));
        await expect(page.getByTestId("workbench")).toBeVisible({ timeout: 60_000 });
        for (const address of forMembers) {
          await look(page, address, `member${address.replaceAll("/", "-")}-${language}-${theme}`, language);
        }
      });
    });
  }
}

async function look(page: import("@playwright/test").Page, address: string, name: string, language: string) {
  await page.setViewportSize(DESKTOP);
  await page.goto(address);
  await expect(page.locator("html")).toHaveAttribute("lang", language);
  await expect(page.locator("h1")).toHaveCount(1);
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: path.join(folder, `${name}-desktop.png`), fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${address}: ${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  await page.setViewportSize(PHONE);
  await page.screenshot({ path: path.join(folder, `${name}-phone.png`), fullPage: true });
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(tooWide, `${address} scrolls sideways on a phone`).toBeLessThanOrEqual(0);
}
