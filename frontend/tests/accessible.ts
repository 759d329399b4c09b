import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect } from "./site.ts";

/** Checks a page in its current state with axe. `where` names the page in a failure. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(
    ({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html).join(" ")}`,
  );
  expect(found).toEqual([]);
}

/** The same in both themes, for pages with the theme of the system and without animations (`reducedMotion`). */
export async function expectAccessibleInBothThemes(page: Page, where: string): Promise<void> {
  for (const theme of THEMES) {
    await showIn(page, theme);
    await expectAccessible(page, `${where}, ${theme}`);
  }
}

export const THEMES = ["light", "dark"] as const;

/** Sets the theme of the system, and waits until the page has it. */
export async function showIn(page: Page, theme: (typeof THEMES)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  const brightness = () =>
    page.evaluate(() => {
      const context = new OffscreenCanvas(1, 1).getContext("2d");
      if (!context) {
        throw new Error("no canvas");
      }
      // CSS colors have many notations; a pixel is always three numbers.
      context.fillStyle = getComputedStyle(document.body).backgroundColor;
      context.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
      return (red + green + blue) / 3 < 128 ? "dark" : "light";
    });
  await expect.poll(brightness).toBe(theme);
}
