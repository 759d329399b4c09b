import type { Page } from "@playwright/test";

import { CUTOUT_LIMIT_MS, fullyReady, addFiles, stage } from "./editor.ts";
import { startUploadProxy, type UploadProxy } from "./upload-proxy.ts";
import { signedIn } from "./people.ts";
import { heavyPicture } from "./pictures.ts";
import { expect, fixture, test as siteTest } from "./site.ts";
import { filled, words } from "./words.ts";

const texts = words("en");
const { common, editor } = texts;

/** Large enough that most of it has not been sent when the proxy stalls. */
const LARGE = heavyPicture("large.png", 16_000_000);
const PASSES_BYTES = 1_000_000;

const test = siteTest.extend<{ uploadProxy: UploadProxy }>({
  uploadProxy: async ({}, provide) => {
    const uploadProxy = await startUploadProxy();
    await provide(uploadProxy);
    await uploadProxy.close();
  },
  proxy: async ({ uploadProxy }, provide) => provide({ server: uploadProxy.address }),
});

test("an upload that loses its connection continues by itself when the connection is back", async ({
  page,
  context,
  uploadProxy,
}) => {
  await signedIn(page);
  await page.goto("/editor");
  const puts = uploads(page);
  uploadProxy.stallUploadsAfter(PASSES_BYTES);
  await addFiles(page, LARGE);
  await halfWay(page);
  await context.setOffline(true);
  await expect(page.getByText(common.state.offline, { exact: true })).toBeVisible();
  await expect(page.getByText(editor.work.offline, { exact: true })).toBeVisible();
  expect(puts).toHaveLength(1);
  uploadProxy.resumeUploads();
  await context.setOffline(false);
  await expect(page.getByText(common.state.offline, { exact: true })).toHaveCount(0);
  await fullyReady(page, texts);
  expect(puts).toHaveLength(2);
  await expectOneJob(page);
});

test("an interrupted upload is retried", async ({ page }) => {
  await signedIn(page);
  await page.goto("/editor");
  const puts = uploads(page);
  let broken = 0;
  await page.route(
    () => true,
    (route) => {
      if (route.request().method() === "PUT" && broken === 0) {
        broken += 1;
        return route.abort("connectionreset");
      }
      return route.continue();
    },
  );
  await addFiles(page, fixture("astronaut.png"));
  await fullyReady(page, texts);
  expect(broken).toBe(1);
  expect(puts).toHaveLength(2);
  await expectOneJob(page);
});

test("a page that is reloaded during an upload continues the upload", async ({ page, uploadProxy }) => {
  await signedIn(page);
  await page.goto("/editor");
  uploadProxy.stallUploadsAfter(PASSES_BYTES);
  await addFiles(page, LARGE);
  await halfWay(page);
  uploadProxy.resumeUploads();
  await page.reload();
  await expect(page.getByRole("heading", { name: LARGE.name })).toBeVisible();
  await fullyReady(page, texts);
  await expectOneJob(page);
});

test("a visitor's preview is requested again after a lost connection", async ({ page }) => {
  let asked = 0;
  await page.route("**/api/preview", (route) => {
    asked += 1;
    return asked === 1 ? route.abort("connectionreset") : route.continue();
  });
  await page.goto("/editor");
  await addFiles(page, fixture("astronaut.png"));
  await expect(stage(page)).toBeVisible({ timeout: CUTOUT_LIMIT_MS });
  expect(asked).toBe(2);
});

test("a page shows a notice while there is no connection", async ({ page, context }) => {
  await page.goto("/editor");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const notice = page.getByText(common.state.offline, { exact: true });
  await expect(notice).toHaveCount(0);
  await context.setOffline(true);
  await expect(notice).toBeVisible();
  await context.setOffline(false);
  await expect(notice).toHaveCount(0);
});

/** Expects one job and one used credit, however often the file was sent. */
async function expectOneJob(page: Page) {
  const { jobs } = await (await page.request.get("/api/jobs")).json();
  expect(jobs).toMatchObject([{ state: "completed" }]);
  const { images } = await (await page.request.get("/api/usage")).json();
  expect(images.used).toBe(1);
}

/** Waits until a part of the file has been sent. The upload is the first half of the progress bar. */
async function halfWay(page: Page) {
  const bar = page.getByRole("progressbar", { name: filled(editor.queue.progress, { name: LARGE.name }) });
  await expect(async () => {
    const value = Number(await bar.getAttribute("aria-valuenow"));
    expect(value).toBeGreaterThan(2);
    expect(value).toBeLessThan(45);
  }).toPass({ intervals: [50], timeout: 20_000 });
}

/** Records the addresses of all uploads to the bucket. */
function uploads(page: Page): string[] {
  const seen: string[] = [];
  page.on("request", (request) => request.method() === "PUT" && seen.push(request.url()));
  return seen;
}
