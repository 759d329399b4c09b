import type { Locator, Page } from "@playwright/test";

import { expect } from "./site.ts";

/** More than the number of Tab stops of any page. */
const MAX_STOPS = 80;

/**
 * Presses the Tab key until `target` has the focus. Each stop on the way must show that it has the focus.
 */
export async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await expect(target).toHaveCount(1);
  for (let stops = 0; stops < MAX_STOPS; stops += 1) {
    await page.keyboard.press(key);
    await expectVisibleFocus(page);
    if (await target.evaluate((element) => element === document.activeElement)) {
      return;
    }
  }
  throw new Error(`${key} does not lead to ${target}`);
}

/** Expects an outline around the focused element, around a part of it, or around its label. */
export async function expectVisibleFocus(page: Page): Promise<void> {
  const unseen = await page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) {
      // The focus has left the page for the browser's own controls.
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
  expect(unseen, "has the focus without showing it").toBeNull();
}
