import type { Locator, Page } from "@playwright/test";

import { expect } from "./site.ts";
import type { Words } from "./words.ts";

/** The time limit of a cutout on a busy machine. */
export const CUTOUT_LIMIT_MS = 60_000;

/** A position in a picture, in shares of its width and height. */
export type Place = readonly [x: number, y: number];

/** The stage, which shows the selected picture. */
export const stage = (page: Page): Locator => page.getByTestId("stage");

/** The download button for a format. For a member, it appears when the full resolution is ready. */
export function downloadButton(
  page: Page,
  { editor }: Words,
  format: keyof Words["editor"]["download"]["formats"],
) {
  const name = editor.download.formatButton.replace("{{format}}", editor.download.formats[format]);
  return page.getByRole("button", { name, exact: true });
}

/** Waits until a picture is ready in full resolution. */
export async function fullyReady(page: Page, texts: Words): Promise<void> {
  await expect(downloadButton(page, texts, "png")).toBeVisible({ timeout: CUTOUT_LIMIT_MS });
  await expect(stage(page)).toBeVisible();
}

/** Adds files with the file input of the editor. */
export async function addFiles(page: Page, files: Parameters<Locator["setInputFiles"]>[0]): Promise<void> {
  await page.getByTestId("file-input").first().setInputFiles(files);
}

/** Opens one of the tool panels. */
export async function openPanel(
  page: Page,
  { editor }: Words,
  panel: keyof Words["editor"]["workbench"]["panel"],
) {
  const tab = page.getByRole("tab", { name: editor.workbench.panel[panel], exact: true });
  await tab.click();
  await expect(tab).toHaveAttribute("aria-selected", "true");
}

/** Sets a background of one color, entered as a hex code. */
export async function setBackgroundColor(page: Page, texts: Words, hexCode: string): Promise<void> {
  const { background, color } = texts.editor.workbench;
  await openPanel(page, texts, "background");
  await page.getByRole("radio", { name: background.kind.color, exact: true }).click();
  await page.getByRole("textbox", { name: color.hex }).fill(hexCode);
}

/** Expects this color in the color field of the background. */
export async function expectBackgroundColor(page: Page, texts: Words, color: string): Promise<void> {
  await openPanel(page, texts, "background");
  await expect(page.getByRole("textbox", { name: texts.editor.workbench.color.hex })).toHaveValue(color);
}

/** Paints a line with the brush, by mouse or by touch. */
export async function paint(page: Page, by: "mouse" | "finger", line: readonly Place[]): Promise<void> {
  await stage(page).evaluate((element) => element.scrollIntoView({ block: "center" }));
  const frame = await stage(page).locator(".checkerboard").boundingBox();
  if (!frame) {
    throw new Error("no picture on the stage");
  }
  const [first, ...others] = line.map(([x, y]) => ({
    x: frame.x + x * frame.width,
    y: frame.y + y * frame.height,
  }));
  if (!first) {
    return;
  }
  if (by === "mouse") {
    await page.mouse.move(first.x, first.y);
    await page.mouse.down();
    for (const { x, y } of others) {
      await page.mouse.move(x, y, { steps: 8 });
    }
    await page.mouse.up();
    return;
  }
  // Playwright's own touchscreen only taps.
  const session = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: { x: number; y: number }[]) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints });
  await touch("touchStart", [first]);
  for (const point of others) {
    await touch("touchMove", [point]);
  }
  await touch("touchEnd", []);
  await session.detach();
}
