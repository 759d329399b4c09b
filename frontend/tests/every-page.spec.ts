import { mkdirSync } from "node:fs";
import path from "node:path";

import type { Page } from "@playwright/test";

import { factsOf, languages, type Language } from "../src/lib/languages.ts";
import { expectAccessible, showIn, THEMES } from "./accessible.ts";
import { fullyReady, addFiles } from "./editor.ts";
import { signedIn } from "./people.ts";
import { expect, fixture, test } from "./site.ts";
import { words } from "./words.ts";

const folder = path.resolve(import.meta.dirname, "../../target/screenshots");
mkdirSync(folder, { recursive: true });

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const forVisitors = [
  "/",
  "/editor",
  "/history",
  "/account",
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

for (const language of languages) {
  test.describe(language, () => {
    test.use({ locale: factsOf(language).locale.replace("_", "-"), reducedMotion: "reduce" });

    test("every page for visitors is accessible and fits a phone (with screenshots)", async ({ page }) => {
      for (const address of forVisitors) {
        await checkPage(page, address, `visitor${address.replaceAll("/", "-")}-${language}`, language);
      }
    });

    test("every page for members is accessible and fits a phone, with a picture in the editor", async ({
      page,
    }) => {
      await signedIn(page, language);
      await page.goto("/editor");
      await addFiles(page, fixture("astronaut.png"));
      await fullyReady(page, words(language));
      for (const address of forMembers) {
        await checkPage(page, address, `member${address.replaceAll("/", "-")}-${language}`, language);
      }
    });
  });
}

async function checkPage(page: Page, address: string, name: string, language: Language) {
  await page.setViewportSize(DESKTOP);
  await page.goto(address === "/" ? factsOf(language).landing : address);
  await expect(page.locator("html")).toHaveAttribute("lang", language);
  await expect(page.locator("h1")).toHaveCount(1);
  await page.waitForLoadState("networkidle");
  for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await page.setViewportSize(viewport);
    for (const theme of THEMES) {
      await showIn(page, theme);
      await page.screenshot({ path: path.join(folder, `${name}-${theme}-${device}.png`), fullPage: true });
      // A check takes a second: half of the combinations are checked in English, the other half in French.
      if (((device === "phone") === (theme === "dark")) === (language === "fr")) {
        await expectAccessible(page, `${address}, ${theme}, ${device}`);
      }
    }
  }
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(tooWide, `${address} scrolls sideways on a phone`).toBeLessThanOrEqual(0);
}
