import type { Locator, Page } from "@playwright/test";

import { expect } from "./site.ts";

/** More presses than any page has stops. */
const MOST_STOPS = 80;

/**
 * Goes on with the Tab key until something has the focus; at each stop on the way it must be seen where the
 * focus is.
 */
export async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await expect(target).toHaveCount(1);
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    await page.keyboard.press(key);
    await expectFocusSeen(page);
    if (await target.evaluate((element) => element === document.activeElement)) {
      return;
    }
  }
  throw new Error(`${key} does not lead to ${target}`);
}

/** An outline around what has the focus, around a part of it, or around its label. */
export async function expectFocusSeen(page: Page): Promise<void> {
  const unseen = await page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) {
      // The focus is on its way around: in the browser's own bars.
      return null;
    }
    const outlined = (element: Element) => {
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
      const clear = /^rgba\(.*, 0\)$|^transparent$/.test(outlineColor);
      return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1 && !clear;
    };
    const label = focused.closest("label");
    const places = [focused, ...focused.querySelectorAll("*"), ...(label ? [label] : [])];
    return places.some(outlined) ? null : focused.outerHTML.slice(0, 200);
  });
  expect(unseen, "has the focus, and does not show it").toBeNull();
}
