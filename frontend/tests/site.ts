import { readFileSync } from "node:fs";
import path from "node:path";

import { test as base, expect, type Page } from "@playwright/test";

import { resetRateLimits } from "./emulator.ts";

export { expect };

/** The address of the service that `local-cloud.ts` started. */
export function siteOrigin(): string {
  const origin = process.env["SITE"];
  if (!origin) {
    throw new Error("local-cloud.ts has not run");
  }
  return origin;
}

/**
 * The `test` for pages of the site. It fails for an uncaught error, a violation of the content security policy, or an
 * error that React logs.
 */
export const test = base.extend<{ pageErrors: string[]; rateLimits: void }>({
  baseURL: async ({}, provide) => provide(siteOrigin()),
  rateLimits: [
    async ({}, provide) => {
      await resetRateLimits();
      await provide();
    },
    { auto: true },
  ],
  pageErrors: [
    async ({ page }, provide) => {
      const pageErrors: string[] = [];
      page.on("pageerror", (error) => pageErrors.push(String(error)));
      page.on("console", (message) => {
        // The browser logs responses such as 401 and 404, and lost connections. The page handles them.
        if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
          pageErrors.push(message.text());
        }
      });
      await provide(pageErrors);
      expect(pageErrors).toEqual([]);
    },
    { auto: true },
  ],
});

/** The path of a picture in `fixtures/pictures`. */
export function fixture(name: string): string {
  return path.resolve(import.meta.dirname, "../../fixtures/pictures", name);
}

/** The number of pictures per month in the free plan. */
export async function allowance(page: Page): Promise<number> {
  const { plans } = await (await page.request.get("/api/config")).json();
  return plans[0].images_per_month;
}

export type Pixels = {
  width: number;
  height: number;
  /** Straight RGBA, row by row. */
  data: Buffer;
  /** Straight RGBA at a position in shares of the picture. */
  at: (x: number, y: number) => readonly [number, number, number, number];
  /** The share of pixels that are fully transparent. */
  transparent: number;
};

/** Decodes a picture as a browser does. */
export async function decode(page: Page, bytes: Buffer): Promise<Pixels> {
  const { width, height, base64 } = await page.evaluate(async (encoded) => {
    const raw = Uint8Array.from(atob(encoded), (character) => character.codePointAt(0) ?? 0);
    const bitmap = await createImageBitmap(new Blob([raw]), { premultiplyAlpha: "none" });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    const data = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? new Uint8ClampedArray();
    let text = "";
    for (let start = 0; start < data.length; start += 32_768) {
      text += String.fromCodePoint(...data.subarray(start, start + 32_768));
    }
    return { width: bitmap.width, height: bitmap.height, base64: btoa(text) };
  }, bytes.toString("base64"));
  const data = Buffer.from(base64, "base64");
  const at = (x: number, y: number) => {
    const index =
      (Math.min(height - 1, Math.floor(y * height)) * width + Math.min(width - 1, Math.floor(x * width))) * 4;
    return [data[index] ?? -1, data[index + 1] ?? -1, data[index + 2] ?? -1, data[index + 3] ?? -1] as const;
  };
  let transparent = 0;
  for (let index = 3; index < data.length; index += 4) {
    transparent += data[index] === 0 ? 1 : 0;
  }
  return { width, height, data, at, transparent: transparent / (width * height) };
}

/** The file that a click makes the browser download. */
export async function downloaded(
  page: Page,
  click: () => Promise<void>,
): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}
